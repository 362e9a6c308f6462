import type { AgentJson, RoundJson } from '../core/view/json-types.ts';
import type { AgreeOptions } from './agree.ts';
import type { Call } from './call.ts';
import { newSecret } from './keys.ts';
import { Lease } from './lease.ts';
import { Member } from './member.ts';
import { readPages } from './paging.ts';
import type { CallOptions, JoinedJson, JoinOptions, LeaseJson, ProposeOptions } from './requests.ts';
import { toMs } from './time.ts';
import type { Transport } from './transport.ts';

/** The part of `Group` that is about its agents: join, renew, leave, remove, list. */
export abstract class GroupAgents {
  readonly name: string;
  protected readonly transport: Transport;
  /** The group's path on the server; the paths of calls follow it. */
  protected readonly path: string;

  constructor(name: string, transport: Transport) {
    this.name = name;
    this.transport = transport;
    this.path = `/v1/groups/${encodeURIComponent(name)}`;
  }

  abstract propose(options: ProposeOptions): Promise<RoundJson>;
  abstract agree(options: AgreeOptions): Promise<RoundJson>;
  abstract close(round: number, options?: CallOptions): Promise<RoundJson>;

  /** The same group, with another token. */
  protected abstract as(token: string): this;

  /**
   * Joins under a name. The agent gets a token that nobody else has, and a lease that is renewed in the background.
   * Rejects with `agent-taken` while another process holds the name.
   *
   * @example
   * const ann = await group.join('ann', { ttl: '10s' });
   * ann.lost.then((error) => console.error(error.message));
   * await ann.propose({ value: 'pizza', wait: '30s' });
   * await ann.leave();
   */
  async join(agent: string, options: JoinOptions = {}): Promise<Member<this>> {
    const { key, name, role, ttl: asked, instance = newSecret() } = options;
    const { clock } = this.transport.wire;
    const admitted = key === undefined ? this : this.as(key);
    const body = { name, role, ttl: asked === undefined ? undefined : toMs(asked), instance };
    const sentAt = clock.now();
    const joined = await admitted.send<JoinedJson>({ method: 'PUT', path: agentPath(agent), body }, options);
    const group = this.as(joined.token);
    const renew = (limits: CallOptions & { patience: number }) => group.renew(agent, limits);
    return new Member(agent, joined, group, new Lease({ agent, ttl: joined.ttl, sentAt, clock, renew }));
  }

  /**
   * Renews once the lease of the agent whose token this client has; `join` renews by itself.
   *
   * @example
   * const { token } = await group.join('ann');
   * const { expiresAt } = await connect({ url, token }).group('lunch').renew('ann');
   */
  async renew(agent: string, options: CallOptions & { patience?: number } = {}): Promise<LeaseJson> {
    const { patience } = options;
    return this.send({ method: 'POST', path: `${agentPath(agent)}/renew`, patience }, options);
  }

  /**
   * Gives up the name of the agent whose token this client has.
   *
   * @example
   * const { token } = await group.join('ann');
   * await connect({ url, token }).group('lunch').leave('ann');
   */
  async leave(agent: string, options: CallOptions = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: agentPath(agent) }, options);
  }

  /**
   * Removes an agent whose token is lost. This needs the administrator's token or, on a server without an administrator,
   * the group's join key. The name is free again; the agent's proposals stay.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('panel').create({ admission: 'key' });
   * const panel = connect({ url, token: joinKey }).group('panel');
   * await panel.join('ann');
   * await panel.remove('ann');
   */
  async remove(agent: string, options: CallOptions = {}): Promise<void> {
    // The same request as leaving: the token says who asks.
    await this.leave(agent, options);
  }

  /**
   * The agents that have joined, in the order of joining, also those whose lease has run out; `after` continues a
   * listing.
   *
   * @example
   * const live = (await group.agents()).filter((agent) => agent.live);
   */
  async agents(
    options: CallOptions & { limit?: number; after?: string } = {},
  ): Promise<readonly AgentJson[]> {
    return readPages<AgentJson, string>(options.limit, options.after, async (limit, after) => {
      const call: Call = { method: 'GET', path: '/agents', query: { limit, after } };
      const page = await this.send<{ agents: readonly AgentJson[]; next: string | null }>(call, options);
      return { items: page.agents, next: page.next };
    });
  }

  /** Sends a call about this group and returns the body of the reply. */
  protected async send<T>(call: Call, { signal, deadline }: CallOptions): Promise<T> {
    const left = deadline === undefined ? undefined : toMs(deadline);
    const path = this.path + call.path;
    return (await this.transport.send<T>({ ...call, path, signal, deadline: left })).body;
  }
}

function agentPath(agent: string): string {
  return `/agents/${encodeURIComponent(agent)}`;
}
