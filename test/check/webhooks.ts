import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Delivery, Webhook } from '../../src/core/group/webhook-list.ts';

type Reports = Extract<Command, { type: 'delivered' | 'delivery-failed' }>;

/** The longest that a delivery waits for its next attempt, ms. [Q11.6] */
const longestWait = 24 * 3_600_000 * 1.1;

/** I31, on the log itself: what a webhook wants to know is delivered, pending, or failed with a reason; one server delivers. [Q11] */
export class WebhooksCheck {
  /** Of each webhook, by when it was made, what was pending after the entry before. */
  private pending = new Map<number, ReadonlyMap<number, Delivery>>();
  private lease = { server: '', fence: 0, until: 0 };
  private readonly blame: (invariant: string, text: string) => void;
  private readonly count: (what: string) => void;

  constructor(blame: (invariant: string, text: string) => void, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  entry({ commands }: Entry, applied: Applied, state: State): void {
    const reports = commands.filter((command, i): command is Reports => {
      const result = applied.results[i];
      this.leads(command, result, state);
      return result?.ok === true && result.did === 'attempt-noted';
    });
    for (const report of reports)
      if (report.type === 'delivery-failed' && report.fence !== this.lease.fence)
        this.blame(
          'I31',
          `a failure counts at ${state.index} under fence ${report.fence}, not ${this.lease.fence}`,
        );
    const now = new Map<number, ReadonlyMap<number, Delivery>>();
    for (const [owner, webhook] of webhooksIn(state)) {
      this.isComplete(owner, webhook, reports, state);
      now.set(webhook.made, new Map(webhook.pending));
    }
    this.areTold(commands, applied, state);
    this.pending = now;
  }

  private leads(
    command: Command,
    result: Applied['results'][number] | undefined,
    { time, index }: State,
  ): void {
    if (command.type !== 'take-deliveries' || result?.ok !== true || result.did !== 'deliveries-taken')
      return;
    const { server } = command;
    if (server !== this.lease.server && this.lease.until > time)
      this.blame('I31', `${server} delivers from ${index} on, while ${this.lease.server} does`);
    if (server !== this.lease.server)
      this.count(this.lease.server === '' ? 'deliveries taken' : 'deliveries taken over');
    this.lease = {
      server,
      fence: server === this.lease.server ? this.lease.fence : index,
      until: time + command.lease,
    };
  }

  /** Nothing that was pending is gone without a word. */
  private isComplete(owner: string, webhook: Webhook, reports: readonly Reports[], state: State): void {
    const { id, made, count, pending, delivered, failed } = webhook;
    const name = `webhook ${id} of ${owner} at ${state.index}`;
    if (count !== pending.size + delivered + failed) this.blame('I31', `${name} has lost one of ${count}`);
    const due = state.undelivered.next;
    if (webhook.next < due) this.blame('I31', `${name} is due before anything is`);
    for (const [number, before] of this.pending.get(made) ?? []) {
      const has = webhook.get(number);
      const about = reports.filter((one) => one.made === made && one.number === number);
      if (has === undefined) this.blame('I31', `${name} has forgotten delivery ${number}`);
      else if (has.state === 'delivered' && !about.some(({ type }) => type === 'delivered'))
        this.blame('I31', `${name}: delivery ${number} counts as delivered, and nobody did`);
      else if (has.state === 'failed' && has.error === null)
        this.blame('I31', `${name}: delivery ${number} has failed for no reason`);
      else if (has.state === 'pending' && has.nextAt > Math.max(before.nextAt, state.time + longestWait))
        this.blame('I31', `${name}: delivery ${number} is put off until ${has.nextAt}`);
      if (has?.state === 'delivered') this.count('outcome delivered');
      if (has !== undefined && has.attempts > before.attempts && has.state === 'pending')
        this.count('delivery to be tried again');
    }
  }

  /** Each round that the entry ends is told to whoever wants to know; where webhooks change in it, others look. */
  private areTold(commands: readonly Command[], { events }: Applied, state: State): void {
    const changes = ['put-webhook', 'delete-webhook', 'delivery-failed', 'put-group', 'delete-group'];
    if (commands.some(({ type }) => changes.includes(type))) return;
    for (const { type, group, round } of events) {
      if (type !== 'round-closed') continue;
      // What has gone since has ended in nothing.
      const ending = state.groups.get(group)?.closed.get(round ?? 0)?.state ?? 'FAILED';
      for (const [owner, webhook] of webhooksIn(state)) {
        const { states } = webhook.settings;
        const isWanted = webhook.disabled === null && (states === 'all' || states === ending);
        if (!isWanted || (owner !== '' && owner !== group)) continue;
        const told = [...webhook.pending.values(), ...webhook.over.values()].filter(
          (one) => one.group === group && one.round === round && one.index === state.index,
        );
        if (told.length !== 1)
          this.blame(
            'I31',
            `${webhook.id} of ${owner} was told ${told.length} times of round ${round} of ${group}`,
          );
        this.count('outcome to be told');
      }
    }
  }
}

/** All webhooks, each with the group that it is of, or "" for the server. */
function* webhooksIn(state: State): Generator<[owner: string, Webhook]> {
  for (const webhook of state.webhooks.values()) yield ['', webhook];
  for (const group of state.groups.values())
    for (const webhook of group.webhooks.values()) yield [group.name, webhook];
}
