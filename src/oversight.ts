import { type KeptCertificates, troubleWith } from './certificates.ts';
import type { Log, Unavailability } from './log/log.ts';
import { type Condition, Conditions } from './operator/conditions.ts';
import type { Tell } from './operator/tell.ts';

/** What is looked after while a server runs, so that its operator hears of every change of what it can do. */
export interface Overseen {
  readonly log: Log;
  readonly certificates: readonly KeptCertificates[];
  /** Since when and why nothing can be asked of the cluster, or null. */
  readonly lost: () => Pick<Unavailability, 'detail' | 'fix'> | null;
  /** Entries that this server lacks while it may not answer for that, or null. */
  readonly behind: () => number | null;
  readonly tell: Tell;
}

/** ms between two looks into the files of certificates. */
const readAgainEvery = 5000;

export class Oversight {
  private readonly overseen: Overseen;
  private readonly conditions: Conditions;
  private readonly timer: ReturnType<typeof setInterval>;
  /** What was told of files that cannot be used, by use: once for each thing that is wrong. */
  private readonly refused = new Map<KeptCertificates, string>();

  constructor(overseen: Overseen) {
    this.overseen = overseen;
    this.conditions = new Conditions(conditionsOf(overseen), overseen.tell);
    this.timer = setInterval(() => this.readChanged(), readAgainEvery);
    this.timer.unref();
  }

  /** Reads again what was read from files, and says so, also where nothing is new. */
  reload(): void {
    const { certificates, tell } = this.overseen;
    if (certificates.length === 0) tell('reloaded', { says: 'there are no certificates to read again' });
    this.refused.clear();
    for (const kept of certificates) if (this.read(kept) === false) tell('reloaded', same(kept));
    this.conditions.look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.conditions.stop();
  }

  private readChanged(): void {
    for (const kept of this.overseen.certificates) this.read(kept);
  }

  /** Whether there is something new; null where it cannot be used. */
  private read(kept: KeptCertificates): boolean | null {
    const { tell } = this.overseen;
    try {
      const isNew = kept.reload();
      this.refused.delete(kept);
      if (isNew)
        tell('reloaded', { says: `the certificates for ${whom(kept)} were read again`, facts: facts(kept) });
      return isNew;
    } catch (error) {
      const { message } = error as Error;
      if (this.refused.get(kept) !== message) {
        const fix =
          'put certificate and key that belong together into the files; they are read again by themselves';
        tell('reload-refused', { says: `${message}; those for ${whom(kept)} stay as they were`, fix });
      }
      this.refused.set(kept, message);
      return null;
    }
  }
}

function conditionsOf({ log, certificates, lost, behind }: Overseen): Condition[] {
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
      const { freeBytes = null, refusal = null, fix = '' } = log.space ?? {};
      if (refusal === null) return null;
      return { says: `no space, writes get 507 and only reads go on: ${refusal}`, fix, facts: { freeBytes } };
    },
    over: 'there is space again, writes go on',
  };
  return [quorum, far, space, ...certificates.map(endingCondition)];
}

function endingCondition(kept: KeptCertificates): Condition {
  return {
    begins: 'certificate-ends',
    ends: 'certificate-good',
    look: () => {
      const trouble = troubleWith(kept.current);
      const fix = 'put a new one into the file; it is read again by itself, or at once on SIGHUP';
      return trouble && { says: `${trouble.says} (for ${whom(kept)})`, fix, facts: facts(kept) };
    },
    over: `the certificates for ${whom(kept)} are good for a while`,
  };
}

function same(kept: KeptCertificates) {
  return { says: `the certificates for ${whom(kept)} are the same as before`, facts: facts(kept) };
}

function whom({ use }: KeptCertificates): string {
  return use === 'server' ? 'callers' : 'etcd';
}

function facts({ use, current: { firstToEnd } }: KeptCertificates) {
  return { use, ends: firstToEnd?.to.toISOString() ?? null };
}
