import type { RoundJson } from '../core/view/json-types.ts';
import type { Agree } from './agree.ts';
import type { QuorateError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Bounds, JoinedJson, Proposing } from './requests.ts';

/** What a member asks of its group. */
interface Voice {
  propose(asked: Proposing): Promise<RoundJson>;
  agree(asked: Agree): Promise<RoundJson>;
  close(round: number, bounds?: Bounds): Promise<RoundJson>;
  leave(agent: string, bounds?: Bounds): Promise<void>;
}

// Omit of a union would keep only what all its members have.
type Unnamed<T> = T extends unknown ? Omit<T, 'agent'> : never;

/**
 * An agent that has joined. Only its token speaks for its name; its lease is renewed in the background until it leaves,
 * or the program ends. Where the server cannot be reached for as long as the lease lasts, the lease counts as lost.
 */
export class Member<G extends Voice = Voice> {
  readonly agent: string;
  /** What the server said when it joined. */
  readonly joined: JoinedJson;
  /** The group, asked on the strength of this agent's token. */
  readonly group: G;
  private readonly lease: Lease;

  constructor(agent: string, joined: JoinedJson, group: G, lease: Lease) {
    this.agent = agent;
    this.joined = joined;
    this.group = group;
    this.lease = lease;
  }

  /** The secret that speaks for this agent: `connect({ url, token })` with it does so from elsewhere. */
  get token(): string {
    return this.joined.token;
  }

  /** Resolves, with an error of code `lease-lost`, once the group may count this agent as gone. */
  get lost(): Promise<QuorateError> {
    return this.lease.lost;
  }

  /** Aborts when the lease is lost, with that error as its reason: for calls that are to end with it. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Whether the group certainly counts this agent as live. */
  get live(): boolean {
    return this.lease.live;
  }

  /**
   * Puts forward this agent's value; see `Group.propose`.
   *
   * @example
   * const ann = await group.join('ann');
   * const round = await ann.propose({ value: 'pizza', wait: '30s' });
   * await ann.leave();
   */
  propose(asked: Unnamed<Proposing>): Promise<RoundJson> {
    return this.group.propose({ ...asked, agent: this.agent });
  }

  /**
   * Takes part until the group agrees; see `Group.agree`. Rejects with `lease-lost` when the lease is lost.
   *
   * @example
   * const ann = await group.join('ann', { ttl: '10s' });
   * const { value } = await ann.agree({ propose: () => 'pizza', deadline: '60s' });
   * await ann.leave();
   */
  agree(asked: Omit<Agree, 'agent'>): Promise<RoundJson> {
    const { signal } = asked;
    const until = signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
    return this.group.agree({ ...asked, agent: this.agent, signal: until });
  }

  /**
   * Closes a round by hand, where the group lets this agent do so; see `Group.close`.
   *
   * @example
   * await group.create({ rule: { electorate: { size: 3 } }, mayClose: 'agents' });
   * const ann = await group.join('ann');
   * const { reason } = await ann.close((await ann.group.round('open')).round);
   * await ann.leave();
   */
  close(round: number, bounds: Bounds = {}): Promise<RoundJson> {
    return this.group.close(round, bounds);
  }

  /**
   * Gives the name and the lease back. Nothing is renewed any more, also when this fails.
   *
   * @example
   * const ann = await group.join('ann');
   * await ann.leave();
   */
  async leave(bounds: Bounds = {}): Promise<void> {
    this.lease.stop();
    await this.group.leave(this.agent, bounds);
  }
}
