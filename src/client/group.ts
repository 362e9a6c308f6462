import type { Explanation } from '../core/view/explain.ts';
import type { EventJson, GroupJson, ProposalJson, RoundJson } from '../core/view/json-types.ts';
import { type AgreeOptions, agree } from './agree.ts';
import type { Call } from './call.ts';
import { hasCode, noOpenRound } from './errors.ts';
import { type EventsOptions, events } from './events.ts';
import { GroupMessages } from './group-messages.ts';
import { newKeys } from './keys.ts';
import { itemsOf, readPages } from './paging.ts';
import type {
  CallOptions,
  CreatedGroup,
  GroupSettings,
  Keys,
  KeysJson,
  ProposeOptions,
  ReadOptions,
} from './requests.ts';
import { countdown } from './time.ts';
import { unhurried, waitMs } from './waiting.ts';
import { watchRounds } from './watch.ts';
import { Webhooks } from './webhooks.ts';

const leaveWithinMs = 5000;

interface ProposalPage {
  readonly proposals: readonly ProposalJson[];
  readonly round: number;
  readonly next: string | null;
}

/** One group of one deployment. Its promises reject with `QuorateError`, or after an abort with the signal's reason. */
export class Group extends GroupMessages {
  /**
   * The same group, for who has this token.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('gate').create({ preset: 'gate' });
   * const gate = connect({ url }).group('gate');
   * const { secret } = await gate.as(joinKey).invite('alice');
   * const { token } = await gate.redeem('alice', secret);
   * const round = await gate.as(token).propose({ agent: 'alice', value: 'approve' });
   */
  as(token: string): this {
    return new Group(this.name, this.transport.as(token)) as this;
  }

  /** Who is told of its outcomes, for who manages the group. */
  get webhooks(): Webhooks {
    return new Webhooks(this.transport, `${this.path}/webhooks`);
  }

  /**
   * Creates the group, or changes its rule from the next round on; with `ifRevision: 0` it only creates. A group that
   * already has exactly these settings stays as it is, whatever `ifRevision` says: an earlier attempt of this call may
   * have made it so.
   *
   * @example
   * await group.create({ preset: 'majority', rule: { electorate: { agents: ['ann', 'bob', 'cy'] } } });
   */
  async create(
    settings: GroupSettings = {},
    options: CallOptions & { ifRevision?: number } = {},
  ): Promise<CreatedGroup> {
    const { ifRevision } = options;
    const headers: Record<string, string> = {};
    if (ifRevision === 0) headers['if-none-match'] = '*';
    else if (ifRevision !== undefined) headers['if-match'] = `"${ifRevision}"`;
    const put = (body: GroupSettings): Promise<CreatedGroup> =>
      this.send({ method: 'PUT', path: '', body, headers }, options);
    if (!needsKeys(settings) || settings.joinKey !== undefined) return put(settings);
    try {
      // The keys are made here: keys that the server makes would be lost with its reply.
      return await put({ ...settings, ...newKeys() });
    } catch (error) {
      if (!hasCode(error, 'join-key-wrong')) throw error;
      // The group exists and keeps its keys.
      return put(settings);
    }
  }

  /**
   * The group with its rule and its status.
   *
   * @example
   * const { status, rule } = await group.show();
   */
  async show(options: CallOptions = {}): Promise<GroupJson> {
    return this.send({ method: 'GET', path: '' }, options);
  }

  /**
   * Deletes the group with its rounds and agents. Callers that wait for a round of it get the round as FAILED.
   *
   * @example
   * await group.delete();
   */
  async delete(options: CallOptions = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: '' }, options);
  }

  /**
   * Gives a group that admits by key or by invite new keys. The old ones are void at once, also the one that this client may use as
   * its token. Rejects with `no-keys` when anyone may join the group. To be able to repeat a call whose answer was lost,
   * give the keys yourself.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('board').create({ admission: 'key' });
   * const next = await connect({ url, token: joinKey }).group('board').rotateKeys();
   * console.log(next.joinKey, next.observerKey);
   */
  async rotateKeys(keys: Keys = newKeys(), options: CallOptions = {}): Promise<KeysJson> {
    return this.send({ method: 'PUT', path: '/keys', body: keys }, options);
  }

  /**
   * Proposes a value for an agent and returns the round: closed, or WAITING when `wait` ends first. The request names
   * its round, so a retry can never count in a later one.
   *
   * @example
   * const round = await group.propose({ agent: 'ann', value: 'pizza', wait: '30s' });
   * if (round.state === 'SUCCESS') console.log(round.value, round.tally);
   */
  async propose(options: ProposeOptions): Promise<RoundJson> {
    const { agent, value, abstain, seq, note, wait, signal, idempotencyKey: key } = options;
    const { clock } = this.transport.wire;
    const left = countdown(clock, options.deadline);
    const number = options.round ?? (await numberOfOpen(this, { signal, deadline: left() }));
    const waiting = countdown(clock, wait ?? 0);
    const put: Call = {
      method: 'PUT',
      path: `/rounds/${number}/proposals/${encodeURIComponent(agent)}`,
      body: abstain === true ? { abstain, seq, note } : { value, seq, note },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
      wait: waitMs(wait),
    };
    let round = await this.send<RoundJson>(put, { signal, deadline: left() });
    while (round.state === 'WAITING' && waiting() > 0) {
      const after = round.revision;
      round = await this.round(round.round, { after, wait: waiting(), signal, deadline: left() });
    }
    return round;
  }

  /**
   * A round by its number; `open` is the open one, and `latest` the open one or else the last that closed.
   *
   * @example
   * const now = await group.round('latest');
   * const next = await group.round(now.round, { after: now.revision, wait: '1s' });
   */
  async round(which: number | 'open' | 'latest', options: ReadOptions = {}): Promise<RoundJson> {
    const { after, wait, signal } = options;
    const { clock } = this.transport.wire;
    const call: Call = { method: 'GET', path: `/rounds/${which}`, query: { after }, wait: waitMs(wait) };
    const sentAt = clock.now();
    const round = await this.send<RoundJson>(call, options);
    if (after !== undefined && round.revision <= after) await unhurried(clock, call.wait, sentAt, signal);
    return round;
  }

  /**
   * Why a round stands or ended as it did: who is waited for, what can still be decided, and, once it is closed, who proposed
   * something else, and the seed of its draws.
   *
   * @example
   * const { sentence, waitingFor } = await group.explain('latest');
   */
  explain(
    which: number | 'open' | 'latest',
    options: CallOptions = {},
  ): Promise<Explanation & { readonly index: number }> {
    return this.send({ method: 'GET', path: `/rounds/${which}/explain` }, options);
  }

  /**
   * The rounds that the server still keeps, newest first; `before` continues a listing.
   *
   * @example
   * const [newest] = await group.rounds({ limit: 10 });
   */
  async rounds(
    options: CallOptions & { limit?: number; before?: number } = {},
  ): Promise<readonly RoundJson[]> {
    return readPages<RoundJson, number>(options.limit, options.before, async (limit, before) => {
      const call: Call = { method: 'GET', path: '/rounds', query: { limit, before } };
      const page = await this.send<{ rounds: readonly RoundJson[]; next: number | null }>(call, options);
      return { items: page.rounds, next: page.next };
    });
  }

  /**
   * All proposals of a round, the first counted first, read page by page; `after` goes on after an agent. Each says who, when,
   * and whether it came under a token. `value` (or `abstain`), `seq` and `note` are there where the rule reveals them by now;
   * who proposed under the token of this client sees the own ones. `changes` are what the agent had proposed before.
   *
   * @example
   * for await (const { agent, value, note } of group.proposals(1)) console.log(agent, value, note);
   */
  proposals(
    which: number | 'open' | 'latest',
    options: CallOptions & { limit?: number; after?: string } = {},
  ): AsyncGenerator<ProposalJson, void, void> {
    let round: number | 'open' | 'latest' = which;
    return itemsOf<ProposalJson, string>(options.limit, options.after, async (limit, after) => {
      const call: Call = { method: 'GET', path: `/rounds/${round}/proposals`, query: { limit, after } };
      const page = await this.send<ProposalPage>(call, options);
      // Another round may be the open or latest one before the next page is read.
      round = page.round;
      return { items: page.proposals, next: page.next };
    });
  }

  /**
   * The events of the group: first a `snapshot` of the present state, then each change with its revision. The stream
   * continues over reconnections; `resync` says that more was missed than the server keeps, and an event may come
   * twice. It ends after `group-deleted` and when you leave the loop; it rejects with the signal's reason, with
   * `deadline`, and when no server answers any more.
   *
   * @example
   * for await (const { type, revision } of group.events()) {
   *   if (type === 'snapshot') break;
   * }
   */
  events(options: EventsOptions = {}): AsyncGenerator<EventJson, void, void> {
    return events(this.transport, `${this.path}/events`, options);
  }

  /**
   * The rounds of the group as they change: first the present one, then every visible change, and each outcome once, in
   * order. Ends as `events` does.
   *
   * @example
   * for await (const round of group.watch()) {
   *   console.log(round.round, round.state, round.explain);
   *   if (round.present === 0) break;
   * }
   */
  watch(options: CallOptions = {}): AsyncGenerator<RoundJson, void, void> {
    const closed = async (number: number): Promise<RoundJson | null> => {
      try {
        return await this.round(number, { signal: options.signal });
      } catch (error) {
        if (hasCode(error, 'round-not-kept', 'group-not-found')) return null;
        throw error;
      }
    };
    return watchRounds(this.events(options), closed);
  }

  /**
   * Takes part in round after round until the group agrees, and returns the last round. The strategy is called with the
   * round before.
   *
   * @example
   * const { state, value } = await group.agree({
   *   agent: 'ann',
   *   propose: (last) => last?.tally?.[0]?.value ?? 'pizza',
   *   deadline: '60s',
   * });
   */
  async agree(options: AgreeOptions): Promise<RoundJson> {
    const { join, ...part } = options;
    const { clock } = this.transport.wire;
    if (join === undefined || join === false) return agree(this, clock, part);
    const left = countdown(clock, options.deadline);
    const how = join === true ? {} : join;
    const member = await this.join(options.agent, { ...how, signal: options.signal, deadline: left() });
    try {
      return await member.agree({ ...part, deadline: left() });
    } finally {
      // When leaving fails, the lease runs out by itself.
      await member.leave({ deadline: leaveWithinMs }).catch(() => {});
    }
  }
}

/** The number of the open round. Rejects with `no-open-round` when somebody must open the next one. */
async function numberOfOpen(group: Group, options: CallOptions): Promise<number> {
  try {
    return (await group.round('open', options)).round;
  } catch (error) {
    if (!hasCode(error, 'no-open-round')) throw error;
    const { status } = await group.show(options);
    throw status === 'exhausted' ? error : noOpenRound(group.name);
  }
}

/** Whether the group will have keys: the preset gate admits by invite unless the settings say otherwise. */
function needsKeys({ admission, preset }: GroupSettings): boolean {
  return admission === undefined ? preset === 'gate' : admission !== 'open';
}
