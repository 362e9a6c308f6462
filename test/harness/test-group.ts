import { apply } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import { emptyState, type Group, type State } from '../../src/core/group/state.ts';
import type { Webhook } from '../../src/core/group/webhook-list.ts';
import { canonical } from '../../src/core/json.ts';
import type { Event, Result } from '../../src/core/result.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json, Outcome, Settings } from '../../src/core/types.ts';
import { newestVersion } from './entries.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** One group `g` in a log of one writer, whose clock the test turns by hand. Keeps the log, so that it can be replayed. */
export class TestGroup {
  readonly state: State = emptyState();
  readonly entries: Entry[] = [];
  readonly events: Event[] = [];
  /** ms; the time at which the group was made. */
  readonly start = 1_000_000;
  now = this.start;

  /** Makes the group from the body of its put; null: no group. The log is at version 1, or at the newest. */
  constructor(body: Json | null = {}, version: 'first' | 'newest' = 'first') {
    if (version === 'newest') this.send(newestVersion);
    if (body !== null) this.put(body);
  }

  send(...commands: readonly Command[]): Result[] {
    const index = this.state.index + 1;
    const header = {
      version: this.state.version,
      writer: 'w',
      serial: index,
      server: 'w',
      reckoned: 0,
      alone: true,
    };
    const entry: Entry = { ...header, time: this.now, seed: index * 7919, commands };
    this.entries.push(entry);
    const { results, events } = apply(this.state, entry, index);
    for (const event of events) this.events.push(event);
    return [...results];
  }

  put(body: Json, more: Partial<Of<'put-group'>> = {}): Result {
    const keys = { joinKeyHash: 'key', observerKeyHash: 'observers' };
    return this.one({
      type: 'put-group',
      group: 'g',
      settings: settingsOf(body),
      ifRevision: null,
      ...keys,
      ...more,
    });
  }

  /** value undefined: an abstention. The round is the open one unless `more` names another. */
  propose(agent: string | null, value?: Json, more: Partial<Of<'propose'>> = {}): Result {
    const text = value === undefined ? null : canonical(value);
    const plain = { round: null, seq: null, tokenHash: null, key: null };
    return this.one({ type: 'propose', group: 'g', agent, value: text, ...plain, ...more });
  }

  /** The agent's token is `t-` and its name. */
  join(agent: string, more: Partial<Of<'join'>> = {}): Result {
    const plain = { role: 'voter', ttl: 30_000, tokenHash: `t-${agent}`, joinKeyHash: null } as const;
    return this.one({ type: 'join', group: 'g', agent, ...plain, ...more });
  }

  renew(agent: string, tokenHash: string | null = `t-${agent}`): Result {
    return this.one({ type: 'renew', group: 'g', agent, tokenHash });
  }

  /** Under the token of `from`, unless `more` names another. */
  say(from: string, body: Json = 'hi', more: Partial<Of<'say'>> = {}): Result {
    const plain = { tokenHash: `t-${from}`, key: null };
    return this.one({ type: 'say', group: 'g', body: canonical(body), ...plain, ...more });
  }

  setCursor(agent: string, offset: number, tokenHash: string | null = `t-${agent}`): Result {
    return this.one({ type: 'set-cursor', group: 'g', agent, tokenHash, offset });
  }

  leave(agent: string, tokenHash: string | null = `t-${agent}`): Result {
    return this.one({ type: 'leave', group: 'g', agent, tokenHash });
  }

  /** By the join key with this hash; null: by the administrator. */
  removeAgent(agent: string, byKeyHash: string | null = null): Result {
    return this.one({ type: 'remove-agent', group: 'g', agent, byKeyHash });
  }

  putKeys(joinKeyHash: string, observerKeyHash: string, inPlaceOf: string | null): Result {
    return this.one({ type: 'put-keys', group: 'g', joinKeyHash, observerKeyHash, inPlaceOf });
  }

  /** By the administrator. The secret is `s-` and the agent's name. */
  invite(agent: string, more: Partial<Of<'put-invite'>> = {}): Result {
    const plain = { role: 'voter', secretHash: `s-${agent}`, byKeyHash: null } as const;
    return this.one({ type: 'put-invite', group: 'g', agent, ...plain, ...more });
  }

  /** For the token `t-` and the agent's name. */
  redeem(agent: string, more: Partial<Of<'redeem'>> = {}): Result {
    const plain = { secretHash: `s-${agent}`, tokenHash: `t-${agent}` };
    return this.one({ type: 'redeem', group: 'g', agent, ...plain, ...more });
  }

  revoke(agent: string, byKeyHash: string | null = null): Result {
    return this.one({ type: 'revoke-invite', group: 'g', agent, byKeyHash });
  }

  close(
    round: number,
    by: string | null = null,
    tokenHash: string | null = null,
    ifRevision: number | null = null,
  ): Result {
    return this.one({ type: 'close-round', group: 'g', round, ifRevision, by, tokenHash });
  }

  /** `deadline`: a moment or a time from now, ms; null: none. */
  setDeadline(deadline: Of<'set-deadline'>['deadline'], more: Partial<Of<'set-deadline'>> = {}): Result {
    const plain = { round: this.group.round, ifRevision: null, by: null, tokenHash: null };
    return this.one({ type: 'set-deadline', group: 'g', deadline, ...plain, ...more });
  }

  /** In the latest round, by the manager, unless `more` says otherwise. */
  waive(agent: string, more: Partial<Of<'waive'>> = {}): Result {
    const plain = { round: this.group.round, reason: 'on holiday', by: null, tokenHash: null };
    return this.one({ type: 'waive', group: 'g', agent, ...plain, ...more });
  }

  /** Takes the claim of the first round, by the manager, for 10 s, unless `more` says otherwise. */
  claim(holder: string, more: Partial<Of<'claim'>> = {}): Result {
    const plain = { round: 1, lease: 10_000, by: null, tokenHash: null };
    return this.one({ type: 'claim', group: 'g', holder, ...plain, ...more });
  }

  /** Of the first round, by the manager, unless `more` says otherwise. */
  renewClaim(fence: number, more: Partial<Of<'renew-claim'>> = {}): Result {
    return this.one({ type: 'renew-claim', group: 'g', round: 1, fence, by: null, tokenHash: null, ...more });
  }

  giveBack(fence: number, more: Partial<Of<'give-back-claim'>> = {}): Result {
    const plain = { round: 1, by: null, tokenHash: null };
    return this.one({ type: 'give-back-claim', group: 'g', fence, ...plain, ...more });
  }

  spend(fence: number, result: Json = null, more: Partial<Of<'spend-claim'>> = {}): Result {
    const plain = { round: 1, by: null, tokenHash: null };
    return this.one({ type: 'spend-claim', group: 'g', fence, result: canonical(result), ...plain, ...more });
  }

  /** Of the group, by the administrator, for all outcomes, unless `more` says otherwise; its secret is `whsec_` and its id. */
  putWebhook(id: string, more: Partial<Of<'put-webhook'>> = {}): Result {
    const plain = {
      url: `https://${id}.example/in`,
      states: 'all',
      format: 'standard',
      byKeyHash: null,
    } as const;
    const secret = { keepSecret: false, secret: `whsec_${id}` };
    return this.one({ type: 'put-webhook', group: 'g', id, ...plain, ...secret, ...more });
  }

  deleteWebhook(id: string, group: string | null = 'g'): Result {
    return this.one({ type: 'delete-webhook', group, id, byKeyHash: null });
  }

  testWebhook(id: string, key: string | null = null, group: string | null = 'g'): Result {
    return this.one({ type: 'test-webhook', group, id, byKeyHash: null, key });
  }

  replay(id: string, number: number, group: string | null = 'g'): Result {
    return this.one({ type: 'replay-delivery', group, id, byKeyHash: null, number });
  }

  /** For 10 s. */
  takeDeliveries(server = 'w'): Result {
    return this.one({ type: 'take-deliveries', server, lease: 10_000 });
  }

  /** Of the next attempt at the first delivery, under the fence in force, unless `more` says otherwise. */
  deliver(id: string, more: Partial<Of<'delivered'>> = {}): Result {
    return this.one({ type: 'delivered', ...this.attempt(id, more), ...more });
  }

  /** The same, where it has failed. */
  fail(id: string, more: Partial<Of<'delivery-failed'>> = {}): Result {
    const plain = { error: '500', retryAfter: null, gone: false };
    return this.one({ type: 'delivery-failed', ...this.attempt(id, more), ...plain, ...more });
  }

  private attempt(id: string, { group = 'g', number = 1 }: { group?: string | null; number?: number }) {
    if (this.state.delivering === null) this.takeDeliveries();
    const webhook = this.webhook(id, group);
    const attempt = (webhook.get(number)?.attempts ?? 0) + 1;
    return { group, id, made: webhook.made, number, attempt, fence: this.state.delivering?.fence ?? 0 };
  }

  webhook(id: string, group: string | null = 'g'): Webhook {
    const webhook = (group === null ? this.state : this.group).webhooks.get(id);
    if (webhook === undefined) throw new Error(`there is no webhook ${id}`);
    return webhook;
  }

  openRound(round: number | null = null): Result {
    return this.one({ type: 'open-round', group: 'g', round });
  }

  remove(ifRevision: number | null = null): Result {
    return this.one({ type: 'delete-group', group: 'g', ifRevision });
  }

  tell(reader: string, identified = false): string {
    const told = this.one({ type: 'tell', group: 'g', reader, identified });
    return told.ok && told.did === 'told' ? told.state : 'refused';
  }

  /** Lets time pass and says so in the log. */
  after(ms: number): this {
    this.now += ms;
    this.one({ type: 'tick' });
    return this;
  }

  get group(): Group {
    const group = this.state.groups.get('g');
    if (group === undefined) throw new Error('there is no group g');
    return group;
  }

  outcome(round = 1): Outcome {
    const outcome = this.group.closed.get(round);
    if (outcome === undefined) throw new Error(`round ${round} is not closed`);
    return outcome;
  }

  /** `SUCCESS agreed 7`, `FAILED tie`; `WAITING` while it is open. */
  ending(round = 1): string {
    if (this.group.open?.number === round) return 'WAITING';
    const { state, reason, value } = this.outcome(round);
    return value === null ? `${state} ${reason}` : `${state} ${reason} ${value}`;
  }

  private one(command: Command): Result {
    return this.send(command)[0] as Result;
  }
}

export function settingsOf(body: Json): Settings {
  const parsed = parseSettings(body);
  if (!parsed.ok) throw new Error(`${JSON.stringify(body)}: ${JSON.stringify(parsed.complaints)}`);
  return parsed.settings;
}

/** What a result says in a word: what was done, or why not. */
export function word(result: Result): string {
  return result.ok ? result.did : result.code;
}

type Body = { readonly [name: string]: Json };

/** The electors a, b and c, and no next round of itself. */
export const abc: Body = { electorate: { agents: ['a', 'b', 'c'] }, next: 'manual' };

/** A group of a, b and c with this rule, in which these proposed; undefined: an abstention. */
export function said(rule: Body, proposals: { readonly [agent: string]: Json | undefined } = {}): TestGroup {
  const room = new TestGroup({ rule: { ...abc, ...rule } });
  for (const [agent, value] of Object.entries(proposals)) room.propose(agent, value);
  return room;
}
