import { type KeptCertificates, troubleWith } from './certificates.ts';
import type { Log, Unavailability } from './log/log.ts';
import { type Condition, Conditions, type Wrong } from './operator/conditions.ts';
import type { Notice, Notify } from './operator/notices.ts';
import type { Counts } from './replica/counts.ts';
import type { TimeAhead } from './replica/time-ahead.ts';

/** The parts of a running server that `Oversight` checks. */
export interface Overseen {
  readonly log: Log;
  readonly certificates: readonly KeptCertificates[];
  /** Everything that was read from files, which may be replaced while the server runs. */
  readonly files: readonly FromFiles[];
  /** Why the cluster cannot be used, or null. */
  readonly lost: () => Pick<Unavailability, 'detail' | 'fix'> | null;
  /** How many entries this server lacks, when it lacks too many to answer; else null. */
  readonly behind: () => number | null;
  /** How far log time is ahead of the machine's clock, or null. */
  readonly timeAhead: () => TimeAhead | null;
  /** The webhooks that keep failing; null where this server does not deliver. */
  readonly failingWebhooks?: () => Pick<Counts, 'webhooks' | 'failingWebhook'> | null;
  readonly notify: Notify;
}

/** Something that was read from files, such as `KeptCertificates`. */
export interface FromFiles {
  /** Its name, as the subject of a sentence. */
  readonly what: string;
  /** What to do when the files cannot be used. */
  readonly fix: string;
  /** Reads the files again; returns whether they have changed. Throws when they cannot be used; the old contents stay in use. */
  reload(): boolean;
  facts(): NonNullable<Notice['facts']>;
}

const readFilesEveryMs = 5000;

/** Reads a running server's files again when they change, and reports to the operator what goes wrong and what ends. */
export class Oversight {
  private readonly overseen: Overseen;
  private readonly conditions: Conditions;
  private readonly timer: ReturnType<typeof setInterval>;
  /** The last error of each file that cannot be used, and whether it is reported: the same error is reported once. */
  private readonly refused = new Map<FromFiles, { readonly message: string; readonly isReported: boolean }>();

  constructor(overseen: Overseen) {
    this.overseen = overseen;
    this.conditions = new Conditions(conditionsOf(overseen), overseen.notify);
    this.timer = setInterval(() => this.readChanged(), readFilesEveryMs);
    this.timer.unref();
  }

  /** Reads all files again, and reports each, also when nothing has changed. */
  reload(): void {
    const { files, notify } = this.overseen;
    if (files.length === 0) notify('reloaded', { says: 'there are no files to read again' });
    this.refused.clear();
    for (const one of files) {
      const says = `${one.what} are the same as before`;
      if (this.read(one, true) === false) notify('reloaded', { says, facts: one.facts() });
    }
    this.conditions.look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.conditions.stop();
  }

  private readChanged(): void {
    for (const one of this.overseen.files) this.read(one, false);
  }

  /**
   * Whether the files have changed; null when they cannot be used. Unless somebody has asked, that is reported when it is still so at
   * the next look: somebody may be putting one file after the other there.
   */
  private read(one: FromFiles, isAsked: boolean): boolean | null {
    const { notify } = this.overseen;
    try {
      const isNew = one.reload();
      this.refused.delete(one);
      if (isNew) notify('reloaded', { says: `${one.what} were read again`, facts: one.facts() });
      return isNew;
    } catch (error) {
      const { message } = error as Error;
      const before = this.refused.get(one);
      const isKnown = before?.message === message;
      const isReported = isAsked || isKnown;
      if (isReported && !(isKnown && before.isReported))
        notify('reload-refused', { says: `${message}; ${one.what} stay as they were`, fix: one.fix });
      this.refused.set(one, { message, isReported });
      return null;
    }
  }
}

function conditionsOf({
  log,
  certificates,
  lost,
  behind,
  timeAhead,
  failingWebhooks,
}: Overseen): Condition[] {
  const quorum: Condition = {
    begins: 'no-quorum',
    ends: 'quorum-back',
    look: () => {
      const found = lost();
      return (
        found && { says: `the cluster does not answer, requests get 503: ${found.detail}`, fix: found.fix }
      );
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
      return { says: `no space, writes get 507 and only reads work: ${refusal}`, fix, facts: { freeBytes } };
    },
    over: 'there is space again, writes work',
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
  const webhooks: Condition = {
    begins: 'webhook-failing',
    ends: 'webhook-good',
    look: () => failing(failingWebhooks?.() ?? null),
    over: 'no webhook of this server keeps failing any more',
  };
  return [quorum, far, space, time, webhooks, ...certificates.map(endingCondition)];
}

function failing(counts: Pick<Counts, 'webhooks' | 'failingWebhook'> | null): Wrong | null {
  const one = counts?.failingWebhook ?? null;
  if (counts === null || one === null) return null;
  const { group, webhook, attempts, error } = one;
  const count = counts.webhooks.persistent;
  const whose = group === null ? 'of the server' : `of group ${group}`;
  const others = count === 1 ? '' : `, and ${count - 1} more webhooks keep failing`;
  return {
    says: `webhook ${webhook.id} ${whose} has failed ${attempts} times in a row: ${error}${others}`,
    fix: 'look at the receiver, or remove the webhook; what it has missed is sent when it answers again, for three days',
    facts: { count, group, webhook: webhook.id, attempts, error },
    // Not for each of them: when a receiver of a thousand webhooks is away, they come one by one.
    stage: `${String(count).length}`,
  };
}

function endingCondition(kept: KeptCertificates): Condition {
  return {
    begins: 'certificate-ends',
    ends: 'certificate-good',
    look: () => {
      const trouble = troubleWith(kept.current);
      const fix = 'put a new one into the file; the server reads it by itself, or at once on SIGHUP';
      if (trouble === null) return null;
      const stage = trouble.valid ? 'ends soon' : 'not valid';
      return { says: `${trouble.says} (of ${kept.what})`, fix, facts: kept.facts(), stage };
    },
    over: `${kept.what} are valid and do not expire soon`,
  };
}
