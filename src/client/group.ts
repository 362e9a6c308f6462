import type { GroupShape, RoundShape } from '../core/shapes.ts';
import { type Agree, agree } from './agree.ts';
import type { Bounds, Created, GroupSettings, Proposing, Reading } from './asks.ts';
import { hasCode } from './errors.ts';
import { toMs } from './time.ts';
import type { Call, Reply, Transport } from './transport.ts';

// Asked of the server at a time; servers refuse or shorten longer ones.
const longestWaitMs = 30_000;
// An answer without news comes no sooner than this: a server or proxy that does not wait makes no busy loop.
const restlessMs = 500;

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

  /** Creates the group, or changes its rule from the next round on; `ifRevision` 0 only creates. */
  async create(
    settings: GroupSettings = {},
    options: Bounds & { ifRevision?: number } = {},
  ): Promise<Created> {
    const { ifRevision } = options;
    const headers: Record<string, string> = {};
    if (ifRevision === 0) headers['if-none-match'] = '*';
    else if (ifRevision !== undefined) headers['if-match'] = `"${ifRevision}"`;
    return (await this.send<Created>({ method: 'PUT', path: '', body: settings, headers }, options)).body;
  }

  async show(bounds: Bounds = {}): Promise<GroupShape> {
    return (await this.send<GroupShape>({ method: 'GET', path: '' }, bounds)).body;
  }

  async delete(bounds: Bounds = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: '' }, bounds);
  }

  /**
   * Puts forward the agent's one value in a round and gives the round back: closed, or WAITING when
   * `wait` ends first. The request names its round, so a retry can never land in a later one.
   *
   * @example await group.propose({ agent: 'ann', value: 'pizza', wait: '30s' })
   */
  async propose(asked: Proposing): Promise<RoundShape> {
    const { agent, value, abstain, wait, signal } = asked;
    const left = this.countdown(asked);
    const number = asked.round ?? (await this.round('open', { signal, deadline: left() })).round;
    const waiting = this.countdown({ deadline: wait ?? 0 });
    const put: Call = {
      method: 'PUT',
      path: `/rounds/${number}/proposals/${encodeURIComponent(agent)}`,
      body: abstain === true ? { abstain } : { value },
      wait: wait === undefined ? undefined : Math.min(toMs(wait), longestWaitMs),
    };
    let round = (await this.send<RoundShape>(put, { signal, deadline: left() })).body;
    while (round.state === 'WAITING' && waiting() > 0) {
      const after = round.revision;
      round = await this.round(round.round, { after, wait: waiting(), signal, deadline: left() });
    }
    return round;
  }

  /** A round by number, the open one, or the latest: open or, when none is, the last that closed. */
  async round(which: number | 'open' | 'latest', reading: Reading = {}): Promise<RoundShape> {
    const { after, wait, signal, deadline } = reading;
    const call: Call = {
      method: 'GET',
      path: `/rounds/${which}`,
      query: { after },
      wait: wait === undefined ? undefined : Math.min(toMs(wait), longestWaitMs),
    };
    const { clock } = this.transport.wire;
    const asked = clock.now();
    const round = (await this.send<RoundShape>(call, { signal, deadline })).body;
    const rest = Math.min(call.wait ?? 0, restlessMs) - (clock.now() - asked);
    if (after !== undefined && round.revision <= after && rest > 0) await clock.sleep(rest, signal);
    return round;
  }

  /** Rounds that the server still keeps, newest first; `before` continues a listing. */
  async rounds(asked: Bounds & { limit?: number; before?: number } = {}): Promise<readonly RoundShape[]> {
    const { limit, before } = asked;
    const call: Call = { method: 'GET', path: '/rounds', query: { limit, before } };
    return (await this.send<{ rounds: readonly RoundShape[] }>(call, asked)).body.rounds;
  }

  /** Opens the next round of a group whose rule says `next: "manual"`; gives the open one when there is one. */
  async open(bounds: Bounds = {}): Promise<RoundShape> {
    try {
      return (await this.send<RoundShape>({ method: 'POST', path: '/rounds' }, bounds)).body;
    } catch (error) {
      if (hasCode(error, 'round-open')) return this.round('open', bounds);
      throw error;
    }
  }

  /**
   * The group's rounds as they change: what is now, then every visible change that could be told apart,
   * and each outcome once, in order. Ends by `break`, or rejects with the signal's reason.
   *
   * @example for await (const round of group.watch()) if (round.state === 'SUCCESS') break;
   */
  async *watch(options: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<RoundShape, void, void> {
    const { signal } = options;
    let seen: RoundShape | null = null;
    for (;;) {
      const reading: Reading = seen === null ? {} : { after: seen.revision, wait: longestWaitMs };
      const latest: RoundShape = await this.round('latest', { ...reading, signal });
      if (seen !== null && latest.round === seen.round && latest.revision <= seen.revision) continue;
      if (seen !== null) {
        for (let n = seen.state === 'WAITING' ? seen.round : seen.round + 1; n < latest.round; n += 1) {
          const missed = await this.kept(n, signal);
          if (missed !== null) yield missed;
        }
      }
      yield latest;
      seen = latest;
    }
  }

  /** Takes part round after round until the group agrees; see `Agree`. */
  agree(asked: Agree): Promise<RoundShape> {
    return agree(this, this.transport.wire.clock, asked);
  }

  /** A closed round, or null when the server no longer keeps it. */
  private async kept(number: number, signal: AbortSignal | undefined): Promise<RoundShape | null> {
    try {
      return await this.round(number, { signal });
    } catch (error) {
      if (hasCode(error, 'round-not-kept')) return null;
      throw error;
    }
  }

  private countdown({ deadline }: Bounds): () => number {
    const { clock } = this.transport.wire;
    const end = clock.now() + (deadline === undefined ? Number.POSITIVE_INFINITY : toMs(deadline));
    return () => Math.max(0, end - clock.now());
  }

  private send<T>(call: Call, { signal, deadline }: Bounds): Promise<Reply<T>> {
    const left = deadline === undefined ? undefined : toMs(deadline);
    return this.transport.send<T>({ ...call, path: this.path + call.path, signal, deadline: left });
  }
}
