import type { Json } from '../core/types.ts';
import type { ItemJson, RoundJson } from '../core/view/json-types.ts';
import type { AgreeOptions } from './agree.ts';
import { isGone } from './cursor.ts';
import { hasCode, type QuorateError } from './errors.ts';
import type { Lease } from './lease.ts';
import { expelled } from './listen.ts';
import type { CallOptions, JoinedJson, ProposeOptions } from './requests.ts';
import type { CursorJson, ListenOptions, SaidJson, SayOptions } from './stream-requests.ts';

/** The calls of a group that a member makes. */
interface Joined {
  propose(options: ProposeOptions): Promise<RoundJson>;
  agree(options: AgreeOptions): Promise<RoundJson>;
  close(round: number, options?: CallOptions): Promise<RoundJson>;
  say(body: Json, options?: SayOptions): Promise<SaidJson>;
  listen(options?: ListenOptions): AsyncGenerator<ItemJson, void, void>;
  setCursor(agent: string, offset: number, options?: CallOptions): Promise<CursorJson>;
  leave(agent: string, options?: CallOptions): Promise<void>;
}

// Omit of a union would keep only what all its members have.
type WithoutAgent<T> = T extends unknown ? Omit<T, 'agent'> : never;

/**
 * An agent that has joined. Only its token may propose under its name. Its lease is renewed in the background until it
 * leaves or the program ends; when no server can be reached for as long as the lease lasts, the lease counts as lost.
 */
export class Member<G extends Joined = Joined> {
  /** The name under which it has joined. */
  readonly agent: string;
  /** The server's answer to joining. */
  readonly joined: JoinedJson;
  /** The group, called with this agent's token. */
  readonly group: G;
  private readonly lease: Lease;
  private hasLeft = false;

  constructor(agent: string, joined: JoinedJson, group: G, lease: Lease) {
    this.agent = agent;
    this.joined = joined;
    this.group = group;
    this.lease = lease;
  }

  /** The agent's token: `connect({ url, token })` acts as this agent from elsewhere. */
  get token(): string {
    return this.joined.token;
  }

  /** Resolves, with an error of code `lease-lost`, once the group may no longer count this agent as live. */
  get lost(): Promise<QuorateError> {
    return this.lease.lost;
  }

  /** Aborts when the lease is lost, with that error as its reason: for calls that should end with the lease. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Whether the group certainly counts this agent as live. */
  get live(): boolean {
    return this.lease.live;
  }

  /**
   * Proposes a value for this agent; see `Group.propose`.
   *
   * @example
   * const ann = await group.join('ann');
   * const round = await ann.propose({ value: 'pizza', wait: '30s' });
   * await ann.leave();
   */
  propose(options: WithoutAgent<ProposeOptions>): Promise<RoundJson> {
    return this.group.propose({ ...options, agent: this.agent });
  }

  /**
   * Takes part until the group agrees; see `Group.agree`. Rejects with `lease-lost` when the lease is lost.
   *
   * @example
   * const ann = await group.join('ann', { ttl: '10s' });
   * const { value } = await ann.agree({ propose: () => 'pizza', deadline: '60s' });
   * await ann.leave();
   */
  agree(options: Omit<AgreeOptions, 'agent'>): Promise<RoundJson> {
    const signal =
      options.signal === undefined ? this.signal : AbortSignal.any([options.signal, this.signal]);
    return this.group.agree({ ...options, agent: this.agent, signal });
  }

  /**
   * Closes a round by hand, when the group's `mayClose` allows this agent to; see `Group.close`.
   *
   * @example
   * await group.create({ rule: { electorate: { size: 3 } }, mayClose: 'agents' });
   * const ann = await group.join('ann');
   * const { reason } = await ann.close((await ann.group.round('open')).round);
   * await ann.leave();
   */
  close(round: number, options: CallOptions = {}): Promise<RoundJson> {
    return this.group.close(round, options);
  }

  /**
   * Says something to the group; see `Group.say`.
   *
   * @example
   * const ann = await group.join('ann');
   * await ann.say('Pizza?');
   * await ann.leave();
   */
  say(body: Json, options: SayOptions = {}): Promise<SaidJson> {
    return this.group.say(body, options);
  }

  /**
   * The stream of the group from this member's cursor on, which moves along; see `Group.listen`. It ends when the member leaves,
   * and with the error `expelled` when the group has lost it in another way.
   *
   * @example
   * const ann = await group.join('ann');
   * await ann.say('Pizza?');
   * for await (const item of ann.listen()) if (item.type === 'message') break;
   * await ann.leave();
   */
  async *listen(options: Omit<ListenOptions, 'agent'> = {}): AsyncGenerator<ItemJson, void, void> {
    try {
      yield* this.group.listen({ ...options, agent: this.agent });
    } catch (error) {
      const isOut = isGone(error);
      if (this.hasLeft && (isOut || hasCode(error, 'expelled'))) return;
      throw isOut ? expelled(this.joined, error.detail, error) : error;
    }
  }

  /**
   * Says that everything up to and including this offset is handled; see `Group.setCursor`. `listen` does so by itself.
   *
   * @example
   * const ann = await group.join('ann');
   * const { offset } = await ann.say('Pizza?');
   * await ann.setCursor(offset);
   * await ann.leave();
   */
  setCursor(offset: number, options: CallOptions = {}): Promise<CursorJson> {
    return this.group.setCursor(this.agent, offset, options);
  }

  /**
   * Renews the lease no more: it runs out unless whoever has the token goes on with it. A lease that runs out then is not reported
   * as lost.
   *
   * @example
   * const ann = await group.join('ann', { ttl: '5m' });
   * ann.release();
   * console.log(ann.token);
   */
  release(): void {
    this.lease.stop();
  }

  /**
   * Gives up the name and the lease. The lease is no longer renewed, even when the call fails.
   *
   * @example
   * const ann = await group.join('ann');
   * await ann.leave();
   */
  async leave(options: CallOptions = {}): Promise<void> {
    this.lease.stop();
    this.hasLeft = true;
    await this.group.leave(this.agent, options);
  }
}
