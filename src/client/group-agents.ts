import type { Json } from '../core/types.ts';
import type { AgentJson, InviteJson, ItemJson, RoundJson } from '../core/view/json-types.ts';
import type { AgreeOptions } from './agree.ts';
import type { Call } from './call.ts';
import { leaseLost } from './errors.ts';
import { newSecret } from './keys.ts';
import { Lease } from './lease.ts';
import { Member } from './member.ts';
import { readPages } from './paging.ts';
import type {
  CallOptions,
  InvitedJson,
  InviteOptions,
  JoinedJson,
  JoinOptions,
  LeaseJson,
  ProposeOptions,
  RedeemedJson,
} from './requests.ts';
import type { CursorJson, ListenOptions, SaidJson, SayOptions } from './stream-requests.ts';
import { toMs } from './time.ts';
import type { Transport } from './transport.ts';

/** The part of `Group` that is about its agents: join, renew, leave, remove, list; invite, redeem, revoke. */
export abstract class GroupAgents {
  /** The name of the group. */
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
  abstract say(body: Json, options?: SayOptions): Promise<SaidJson>;
  abstract listen(options?: ListenOptions): AsyncGenerator<ItemJson, void, void>;
  abstract setCursor(agent: string, offset: number, options?: CallOptions): Promise<CursorJson>;

  /** The same group, for who has this token. */
  abstract as(token: string): this;

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
    const { key, name, kind, role, ttl: asked, instance = newSecret() } = options;
    const { clock } = this.transport.wire;
    const admitted = key === undefined ? this : this.as(key);
    const body = { name, kind, role, ttl: asked === undefined ? undefined : toMs(asked), instance };
    const sentAt = clock.now();
    const joined = await admitted.send<JoinedJson>({ method: 'PUT', path: agentPath(agent), body }, options);
    const group = this.as(joined.token);
    const lostBy = (cause: unknown) => leaseLost(agent, cause);
    const renew = (limits: CallOptions & { patience: number }) => group.renew(agent, limits);
    return new Member(agent, joined, group, new Lease({ ttl: joined.ttl, sentAt, clock, renew, lostBy }));
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

  /**
   * Invites somebody under a name to a group that admits by invite. This needs the administrator's token or, on a server without an
   * administrator, the group's join key. The answer has the secret, and a link with it, which are not shown again: whoever gets
   * them first holds the name. A new invite ends the one before, with its token; the same `secret` again is the same invite.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('deploy').create({ preset: 'gate' });
   * const deploy = connect({ url, token: joinKey }).group('deploy');
   * const { link } = await deploy.invite('alice', { name: 'Alice Smith' });
   * console.log(link);
   */
  async invite(agent: string, options: InviteOptions = {}): Promise<InvitedJson> {
    // Chosen here: a secret that the server makes would be lost with its reply.
    const { name, kind, role, secret = newSecret() } = options;
    return this.send(
      { method: 'POST', path: '/invites', body: { agent, name, kind, role, secret } },
      options,
    );
  }

  /**
   * Who is invited, in the order in which they were first, for who may manage the group; `after` continues a listing.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('release').create({ preset: 'gate' });
   * const release = connect({ url, token: joinKey }).group('release');
   * const open = (await release.invites()).filter(({ state }) => state === 'open');
   */
  async invites(
    options: CallOptions & { limit?: number; after?: string } = {},
  ): Promise<readonly InviteJson[]> {
    return readPages<InviteJson, string>(options.limit, options.after, async (limit, after) => {
      const call: Call = { method: 'GET', path: '/invites', query: { limit, after } };
      const page = await this.send<{ invites: readonly InviteJson[]; next: string | null }>(call, options);
      return { items: page.invites, next: page.next };
    });
  }

  /**
   * Revokes the invite of an agent: its token is void at once, and a seat without a proposal is waited for no more.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('budget').create({ preset: 'gate' });
   * const budget = connect({ url, token: joinKey }).group('budget');
   * await budget.invite('alice');
   * await budget.revoke('alice');
   */
  async revoke(agent: string, options: CallOptions = {}): Promise<InviteJson> {
    return this.send({ method: 'DELETE', path: `/invites/${encodeURIComponent(agent)}` }, options);
  }

  /**
   * Exchanges the secret of an invite for the token of its agent, which speaks for it with or without a lease: see `as`. Each
   * invite does this for one `instance` only, a secret of 8 to 128 characters that names this program or device: keep it (or the
   * token) to vote again later. Rejects with `invite-used` when another instance has used the invite.
   *
   * @example
   * const { joinKey } = await connect({ url }).group('hiring').create({ preset: 'gate' });
   * const hiring = connect({ url, token: joinKey }).group('hiring');
   * const { secret } = await hiring.invite('alice');
   * const { token } = await connect({ url }).group('hiring').redeem('alice', secret);
   */
  async redeem(
    agent: string,
    secret: string,
    options: CallOptions & { instance?: string } = {},
  ): Promise<RedeemedJson> {
    const { instance = newSecret() } = options;
    const path = `/invites/${encodeURIComponent(agent)}/redeem`;
    return this.send({ method: 'POST', path, body: { secret, instance } }, options);
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
