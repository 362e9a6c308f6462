import type { AgentJson, EventJson, GroupJson, RoundJson } from '../core/view/json-types.ts';
import { type Agree, agree } from './agree.ts';
import { hasCode, noOpenRound } from './errors.ts';
import { events, type Following } from './events.ts';
import { Lease } from './lease.ts';
import { Member } from './member.ts';
import { readPages } from './paging.ts';
import type {
  Bounds,
  Created,
  GroupSettings,
  JoinedJson,
  Joining,
  Keys,
  KeysJson,
  LeaseJson,
  Proposing,
  Reading,
} from './requests.ts';
import { countdown, toMs } from './time.ts';
import type { Call, Reply, Transport } from './transport.ts';

// Asked of the server at a time; servers refuse or shorten longer ones.
const longestWaitMs = 30_000;
// An answer without news comes no sooner than this: a server or proxy that does not wait makes no busy loop.
const restlessMs = 500;
const leaveWithinMs = 5000;

/** One group of one deployment. Rejections are `QuorateError`, or the signal's reason after an abort. */
export class Group {
  readonly name: string;
  private readonly transport: Transport;
  private readonly path: string;

  constructor(name: string, transport: Transport) {
    this.name = name;
    this.transport = transport;
    this.path = `/v1/groups/${encodeURIComponent(name)}`;
  }

  /**
   * Creates the group, or changes its rule from the next round on; `ifRevision` 0 only creates. A group that is already
   * just so is left as it is, whatever `ifRevision` says: it may be this call's own doing.
   *
   * @example
   * await group.create({ preset: 'majority', rule: { electorate: { agents: ['ann', 'bob', 'cy'] } } });
   */
  async create(
    settings: GroupSettings = {},
    options: Bounds & { ifRevision?: number } = {},
  ): Promise<Created> {
    const { ifRevision } = options;
    const headers: Record<string, string> = {};
    if (ifRevision === 0) headers['if-none-match'] = '*';
    else if (ifRevision !== undefined) headers['if-match'] = `"${ifRevision}"`;
    const put = async (body: GroupSettings): Promise<Created> =>
      (await this.send<Created>({ method: 'PUT', path: '', body, headers }, options)).body;
    if (settings.admission !== 'key' || settings.joinKey !== undefined) return put(settings);
    try {
      // Made here, since keys that the server makes would be lost with its reply.
      return await put({ ...settings, ...newKeys() });
    } catch (error) {
      if (!hasCode(error, 'join-key-wrong')) throw error;
      // It has keys, which stay as they are.
      return put(settings);
    }
  }

  /**
   * The group with its rule, and whether a round is open.
   *
   * @example
   * const { status, rule } = await group.show();
   */
  async show(bounds: Bounds = {}): Promise<GroupJson> {
    return (await this.send<GroupJson>({ method: 'GET', path: '' }, bounds)).body;
  }

  /**
   * Deletes the group with its rounds and agents. Who waits for a round of it is told that it failed.
   *
   * @example
   * await group.delete();
   */
  async delete(bounds: Bounds = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: '' }, bounds);
  }

  /**
   * Gives a group that admits by key other keys, made here where none are given; the old ones end at once, also the one
   * that this connection may speak with. Rejects with `no-keys` for a group that anybody may join. Who gives the keys
   * can call it again with the same ones, should it not be known whether they were taken.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('board').create({ admission: 'key' });
   * const next = await connect({ url, token: joinKey }).group('board').rotateKeys();
   * console.log(next.joinKey, next.observerKey);
   */
  async rotateKeys(keys: Keys = newKeys(), bounds: Bounds = {}): Promise<KeysJson> {
    return (await this.send<KeysJson>({ method: 'PUT', path: '/keys', body: keys }, bounds)).body;
  }

  /**
   * Puts forward the agent's one value in a round and gives the round back: closed, or WAITING when
   * `wait` ends first. The request names its round, so a retry can never land in a later one.
   *
   * @example
   * const round = await group.propose({ agent: 'ann', value: 'pizza', wait: '30s' });
   * if (round.state === 'SUCCESS') console.log(round.value, round.tally);
   */
  async propose(asked: Proposing): Promise<RoundJson> {
    const { agent, value, abstain, seq, wait, signal } = asked;
    const { clock } = this.transport.wire;
    const left = countdown(clock, asked.deadline);
    const number = asked.round ?? (await numberOfOpen(this, { signal, deadline: left() }));
    const waiting = countdown(clock, wait ?? 0);
    const put: Call = {
      method: 'PUT',
      path: `/rounds/${number}/proposals/${encodeURIComponent(agent)}`,
      body: abstain === true ? { abstain, seq } : { value, seq },
      wait: wait === undefined ? undefined : Math.min(toMs(wait), longestWaitMs),
    };
    let round = (await this.send<RoundJson>(put, { signal, deadline: left() })).body;
    while (round.state === 'WAITING' && waiting() > 0) {
      const after = round.revision;
      round = await this.round(round.round, { after, wait: waiting(), signal, deadline: left() });
    }
    return round;
  }

  /**
   * A round by number, the open one, or the latest: open or, when none is, the last that closed.
   *
   * @example
   * const now = await group.round('latest');
   * const next = await group.round(now.round, { after: now.revision, wait: '1s' });
   */
  async round(which: number | 'open' | 'latest', reading: Reading = {}): Promise<RoundJson> {
    const { after, wait, signal, deadline } = reading;
    const call: Call = {
      method: 'GET',
      path: `/rounds/${which}`,
      query: { after },
      wait: wait === undefined ? undefined : Math.min(toMs(wait), longestWaitMs),
    };
    const { clock } = this.transport.wire;
    const asked = clock.now();
    const round = (await this.send<RoundJson>(call, { signal, deadline })).body;
    const rest = Math.min(call.wait ?? 0, restlessMs) - (clock.now() - asked);
    if (after !== undefined && round.revision <= after && rest > 0) await clock.sleep(rest, signal);
    return round;
  }

  /**
   * Rounds that the server still keeps, newest first; `before` continues a listing.
   *
   * @example
   * const [newest] = await group.rounds({ limit: 10 });
   */
  async rounds(asked: Bounds & { limit?: number; before?: number } = {}): Promise<readonly RoundJson[]> {
    const { limit, before, ...bounds } = asked;
    return readPages<RoundJson, number>(limit, before, async (limit, before) => {
      const call: Call = { method: 'GET', path: '/rounds', query: { limit, before } };
      const { body } = await this.send<{ rounds: readonly RoundJson[]; next: number | null }>(call, bounds);
      return { items: body.rounds, next: body.next };
    });
  }

  /**
   * Opens the next round of a group whose rule says `next: "manual"`; gives the open one when there is one. `round`: which
   * one is meant, by its number; it is given back as it is when it was opened before.
   *
   * @example
   * const { round } = await group.open();
   */
  async open(asked: Bounds & { round?: number } = {}): Promise<RoundJson> {
    const { signal, deadline } = asked;
    const left = countdown(this.transport.wire.clock, deadline);
    let { round } = asked;
    if (round === undefined) {
      const latest = await this.round('latest', { signal, deadline: left() });
      if (latest.state === 'WAITING') return latest;
      round = latest.round + 1;
    }
    const call: Call = { method: 'POST', path: '/rounds', body: { round } };
    return (await this.send<RoundJson>(call, { signal, deadline: left() })).body;
  }

  /**
   * Closes a round by hand: it is decided by what is in. Gives the closed round, also when it was closed already.
   *
   * @example
   * const { round } = await group.round('open');
   * const { state, reason } = await group.close(round);
   */
  async close(round: number, bounds: Bounds = {}): Promise<RoundJson> {
    try {
      return (await this.send<RoundJson>({ method: 'POST', path: `/rounds/${round}/close` }, bounds)).body;
    } catch (error) {
      if (hasCode(error, 'round-closed') && error.round !== null) return error.round;
      throw error;
    }
  }

  /**
   * Joins under a name, for a lease that is renewed in the background and a token that only this agent has.
   * Rejects with `agent-taken` while another instance holds the name, saying since when.
   *
   * @example
   * const ann = await group.join('ann', { ttl: '10s' });
   * ann.lost.then((error) => console.error(error.message));
   * await ann.propose({ value: 'pizza', wait: '30s' });
   * await ann.leave();
   */
  async join(agent: string, asked: Joining = {}): Promise<Member<Group>> {
    const { key, role, ttl, instance = secret(), signal, deadline } = asked;
    const { clock } = this.transport.wire;
    const way = key === undefined ? this.transport : this.transport.as(key);
    const body = { role, ttl: ttl === undefined ? undefined : toMs(ttl), instance };
    const sentAt = clock.now();
    const call: Call = { method: 'PUT', path: agentPath(agent), body };
    const sent = new Group(this.name, way).send<JoinedJson>(call, { signal, deadline });
    const { body: joined } = await sent;
    const { token, ttl: granted } = joined;
    const group = new Group(this.name, this.transport.as(token));
    const renew = (bounds: Bounds & { patience: number }) => group.renew(agent, bounds);
    return new Member(agent, joined, group, new Lease({ agent, ttl: granted, sentAt, clock, renew }));
  }

  /**
   * Renews the lease of the agent whose token this connection has, once; `join` does so by itself.
   *
   * @example
   * const { token } = await group.join('ann');
   * const { expiresAt } = await connect({ url, token }).group('lunch').renew('ann');
   */
  async renew(agent: string, bounds: Bounds & { patience?: number } = {}): Promise<LeaseJson> {
    const call: Call = { method: 'POST', path: `${agentPath(agent)}/renew`, patience: bounds.patience };
    return (await this.send<LeaseJson>(call, bounds)).body;
  }

  /**
   * Gives up the name of the agent whose token this connection has.
   *
   * @example
   * const { token } = await group.join('ann');
   * await connect({ url, token }).group('lunch').leave('ann');
   */
  async leave(agent: string, bounds: Bounds = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: agentPath(agent) }, bounds);
  }

  /**
   * Takes an agent out whose token is lost: for the administrator and, where there is none, for who has the join key of the
   * group. Its name is free again, and what it has proposed stays.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('panel').create({ admission: 'key' });
   * const panel = connect({ url, token: joinKey }).group('panel');
   * await panel.join('ann');
   * await panel.remove('ann');
   */
  async remove(agent: string, bounds: Bounds = {}): Promise<void> {
    // The same request: the token says who asks for it.
    await this.leave(agent, bounds);
  }

  /**
   * Who has joined, in the order of joining, with those whose lease has run out; `after` continues a listing.
   *
   * @example
   * const live = (await group.agents()).filter((agent) => agent.live);
   */
  async agents(asked: Bounds & { limit?: number; after?: string } = {}): Promise<readonly AgentJson[]> {
    const { limit, after, ...bounds } = asked;
    return readPages<AgentJson, string>(limit, after, async (limit, after) => {
      const call: Call = { method: 'GET', path: '/agents', query: { limit, after } };
      const { body } = await this.send<{ agents: readonly AgentJson[]; next: string | null }>(call, bounds);
      return { items: body.agents, next: body.next };
    });
  }

  /**
   * What happens in the group, as it happens: a `snapshot` of what is now, then each change with its revision. It goes
   * on where it was over any number of connections; `resync` says that more was missed than the server keeps. An event
   * may come twice. Ends after `group-deleted` and by `break`; rejects with the signal's reason, with `deadline`, and
   * when no server answers any more.
   *
   * @example
   * for await (const { type, revision } of group.events()) {
   *   if (type === 'snapshot') break;
   * }
   */
  events(asked: Following = {}): AsyncGenerator<EventJson, void, void> {
    return events(this.transport, `${this.path}/events`, asked);
  }

  /**
   * The group's rounds as they change: what is now, then every visible change, and each outcome once, in order.
   * Ends as `events` does.
   *
   * @example
   * for await (const round of group.watch()) {
   *   console.log(round.round, round.state, round.explain);
   *   if (round.present === 0) break;
   * }
   */
  async *watch(bounds: Bounds = {}): AsyncGenerator<RoundJson, void, void> {
    let seen: RoundJson | null = null;
    for await (const event of this.events(bounds)) {
      if (event.round === null) continue;
      let { round } = event;
      const known: RoundJson = seen ?? round;
      if (seen !== null && (round.round < known.round || isOld(round, known))) continue;
      // Only a resync leaves rounds out.
      for (let n = known.state === 'WAITING' ? known.round : known.round + 1; n < round.round; n += 1) {
        const missed = await this.kept(n, bounds.signal);
        if (missed !== null) yield missed;
      }
      // One too large for an event comes without its lists.
      if (round.tally === null && round.state !== 'WAITING')
        round = (await this.kept(round.round, bounds.signal)) ?? round;
      yield round;
      seen = round;
    }
  }

  /**
   * Takes part round after round until the group agrees, and gives the last round. The strategy sees how the round
   * before ended.
   *
   * @example
   * const { state, value } = await group.agree({
   *   agent: 'ann',
   *   propose: (last) => last?.tally?.[0]?.value ?? 'pizza',
   *   deadline: '60s',
   * });
   */
  async agree(asked: Agree): Promise<RoundJson> {
    const { join, ...part } = asked;
    const { clock } = this.transport.wire;
    if (join === undefined || join === false) return agree(this, clock, part);
    const left = countdown(clock, asked.deadline);
    const how = join === true ? {} : join;
    const member = await this.join(asked.agent, { ...how, signal: asked.signal, deadline: left() });
    try {
      return await member.agree({ ...part, deadline: left() });
    } finally {
      // The lease runs out by itself where leaving fails.
      await member.leave({ deadline: leaveWithinMs }).catch(() => {});
    }
  }

  /** A closed round, or null when the server no longer keeps it. */
  private async kept(number: number, signal: AbortSignal | undefined): Promise<RoundJson | null> {
    try {
      return await this.round(number, { signal });
    } catch (error) {
      if (hasCode(error, 'round-not-kept', 'group-not-found')) return null;
      throw error;
    }
  }

  private send<T>(call: Call, { signal, deadline }: Bounds): Promise<Reply<T>> {
    const left = deadline === undefined ? undefined : toMs(deadline);
    return this.transport.send<T>({ ...call, path: this.path + call.path, signal, deadline: left });
  }
}

/** The number of the open round. Rejects with `no-open-round` where the next must be asked for first. */
async function numberOfOpen(group: Group, bounds: Bounds): Promise<number> {
  try {
    return (await group.round('open', bounds)).round;
  } catch (error) {
    if (!hasCode(error, 'no-open-round')) throw error;
    const { status } = await group.show(bounds);
    throw status === 'exhausted' ? error : noOpenRound(group.name);
  }
}

function agentPath(agent: string): string {
  return `/agents/${encodeURIComponent(agent)}`;
}

function isOld(round: RoundJson, known: RoundJson): boolean {
  return round.round === known.round && round.revision <= known.revision;
}

function newKeys(): Keys {
  return { joinKey: secret(), observerKey: secret() };
}

/** 128 random bits. */
function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
