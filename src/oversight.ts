import { type KeptCertificates, troubleWith } from './certificates.ts';
import type { Log, Unavailability } from './log/log.ts';
import { type Condition, Conditions } from './operator/conditions.ts';
import type { Notice, Notify } from './operator/notices.ts';
import type { TimeAhead } from './replica/time-ahead.ts';

/** What is looked after while a server runs, so that its operator hears of every change of what it can do. */
export interface Overseen {
  readonly log: Log;
  readonly certificates: readonly KeptCertificates[];
  /** Everything that was read from files which may be replaced meanwhile. */
  readonly files: readonly FromFiles[];
  /** Since when and why nothing can be asked of the cluster, or null. */
  readonly lost: () => Pick<Unavailability, 'detail' | 'fix'> | null;
  /** Entries that this server lacks while it may not answer for that, or null. */
  readonly behind: () => number | null;
  /** Where log time is ahead of the machine's clock, or null. */
  readonly timeAhead: () => TimeAhead | null;
  readonly notify: Notify;
}

/** What was read from files; see `KeptCertificates`. */
export interface FromFiles {
  /** What it is, as the subject of a sentence. */
  readonly what: string;
  /** What to do where the files hold nothing that can be used. */
  readonly fix: string;
  /** Reads the files again; returns whether they hold something new. Throws where they cannot be used: what was read before stays. */
  reload(): boolean;
  facts(): NonNullable<Notice['facts']>;
}

/** ms between two looks into the files. */
const readAgainEvery = 5000;

export class Oversight {
  private readonly overseen: Overseen;
  private readonly conditions: Conditions;
  private readonly timer: ReturnType<typeof setInterval>;
  /** What was told of files that cannot be used, by use: once for each thing that is wrong. */
  private readonly refused = new Map<FromFiles, string>();

  constructor(overseen: Overseen) {
    this.overseen = overseen;
    this.conditions = new Conditions(conditionsOf(overseen), overseen.notify);
    this.timer = setInterval(() => this.readChanged(), readAgainEvery);
    this.timer.unref();
  }

  /** Reads again what was read from files, and says so, also where nothing is new. */
  reload(): void {
    const { files, notify } = this.overseen;
    if (files.length === 0) notify('reloaded', { says: 'there are no files to read again' });
    this.refused.clear();
    for (const one of files) {
      const says = `${one.what} are the same as before`;
      if (this.read(one) === false) notify('reloaded', { says, facts: one.facts() });
    }
    this.conditions.look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.conditions.stop();
  }

  private readChanged(): void {
    for (const one of this.overseen.files) this.read(one);
  }

  /** Whether there is something new; null where it cannot be used. */
  private read(one: FromFiles): boolean | null {
    const { notify } = this.overseen;
    try {
      const isNew = one.reload();
      this.refused.delete(one);
      if (isNew) notify('reloaded', { says: `${one.what} were read again`, facts: one.facts() });
      return isNew;
    } catch (error) {
      const { message } = error as Error;
      if (this.refused.get(one) !== message)
        notify('reload-refused', { says: `${message}; ${one.what} stay as they were`, fix: one.fix });
      this.refused.set(one, message);
      return null;
    }
  }
}

function conditionsOf({ log, certificates, lost, behind, timeAhead }: Overseen): Condition[] {
  const quorum: Condition = {
    begins: 'no-quorum',
    ends: 'quorum-back',
    look: () => {
      const found = lost();
      return found && { says: `the cluster is not there, requests get 503: ${found.detail}`, fix: found.fix };
    },
    over: 'the cluster answers again',
  };
  const far: Condition = {
    begins: 'behind',
    ends: 'caught-up',
    look: () => {
      const entries = behind();
      if (entries === null) return null;
      const says = `this server lacks ${entries} entries of the log and answers 503 on /readyz until it has them`;
      return { says, facts: { entries }, fix: 'if it lasts, look at its CPU and at its network to etcd' };
    },
    over: 'this server has all entries of the log again',
  };
  const space: Condition = {
    begins: 'read-only',
    ends: 'writable',
    look: () => {
      if (log.space === null || log.space.refusal === null) return null;
      const { freeBytes, refusal, fix } = log.space;
      return { says: `no space, writes get 507 and only reads go on: ${refusal}`, fix, facts: { freeBytes } };
    },
    over: 'there is space again, writes go on',
  };
  const time: Condition = {
    begins: 'time-ahead',
    ends: 'time-good',
    look: () => {
      const found = timeAhead();
      return found && { says: found.says, fix: found.fix, facts: { aheadMs: found.aheadMs } };
    },
    over: "log time is no longer ahead of this machine's clock",
  };
  return [quorum, far, space, time, ...certificates.map(endingCondition)];
}

function endingCondition(kept: KeptCertificates): Condition {
  return {
    begins: 'certificate-ends',
    ends: 'certificate-good',
    look: () => {
      const trouble = troubleWith(kept.current);
      const fix = 'put a new one into the file; it is read again by itself, or at once on SIGHUP';
      if (trouble === null) return null;
      const stage = trouble.valid ? 'ends soon' : 'not valid';
      return { says: `${trouble.says} (of ${kept.what})`, fix, facts: kept.facts(), stage };
    },
    over: `${kept.what} are good for a while`,
  };
}
