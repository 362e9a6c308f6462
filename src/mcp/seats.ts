import { createHmac } from 'node:crypto';
import type {
  Client,
  Group,
  GroupJson,
  InvitedJson,
  JoinedJson,
  JoinOptions,
  Keys,
} from '../client/index.ts';

/** How the caller of the tools reaches the groups. */
export interface CallerParts {
  /** A client with this token; without one, with that of the caller. */
  readonly connect: (token?: string) => Client;
  /** The address of the server, as people open it. */
  readonly url: string;
  /** A secret from which all others follow, so that each call whose answer was lost may be repeated. */
  readonly instance: string;
}

// The caller may think for long between two calls, each of which renews its lease.
const unkeptLease = '5m';

/** The caller of the tools, which keeps its tokens itself and gives one with each call. */
export class Seats {
  /** Whether tokens are kept here, so that the caller need not know them. */
  readonly keepsTokens: boolean = false;
  readonly client: Client;
  protected readonly parts: CallerParts;

  constructor(parts: CallerParts) {
    this.parts = parts;
    this.client = parts.connect();
  }

  /** The same caller, with this token. */
  as(token: string): Seats {
    const { connect } = this.parts;
    return new Seats({ ...this.parts, connect: (other = token) => connect(other) });
  }

  /** The group as this agent sees it. */
  of(group: string, _agent: string): Group {
    return this.client.group(group);
  }

  /** The group for reading. */
  read(group: string): Group {
    return this.client.group(group);
  }

  /** The group for who manages it. */
  managed(group: string): Group {
    return this.client.group(group);
  }

  /** Takes a seat, or answers with the one that is held. */
  async join(group: string, agent: string, options: JoinOptions): Promise<JoinedJson> {
    const { instance } = this.parts;
    const member = await this.client.group(group).join(agent, { ttl: unkeptLease, ...options, instance });
    member.release();
    return member.joined;
  }

  /** Where people watch this group. */
  pageOf(group: string): string {
    return `${this.parts.url}/g/${group}`;
  }

  /** The keys for a group to be made here: the same ones each time. */
  keysFor(group: string): Keys {
    return { joinKey: this.secret('join key', group), observerKey: this.secret('observer key', group) };
  }

  /** From now on the keys of this group are those that were made for it. */
  keep(_group: string): void {}

  /** The group as this person votes in it, where the vote was given here. */
  async forPerson({ group, admission }: GroupJson, agent: string, signal: AbortSignal): Promise<Group> {
    if (admission === 'open') return this.of(group, agent);
    const plain = this.client.group(group);
    if (admission === 'key') {
      const { token } = await this.join(group, agent, { kind: 'person', signal });
      return plain.as(token);
    }
    const { secret } = await this.invite(group, agent, signal);
    const { instance } = this.parts;
    const { token } = await plain.redeem(agent, secret, { instance, signal });
    return plain.as(token);
  }

  /** Where this person votes: where the group admits by invite, the link of the invite. */
  async linkFor({ group, admission }: GroupJson, agent: string, signal: AbortSignal): Promise<string> {
    if (admission === 'invite') return (await this.invite(group, agent, signal)).link;
    return `${this.pageOf(group)}/vote?as=${encodeURIComponent(agent)}`;
  }

  /** Invites a person; the same one has the same secret, so that asking again makes no other link. */
  private invite(group: string, agent: string, signal: AbortSignal): Promise<InvitedJson> {
    const secret = this.secret('invite', `${group}/${agent}`);
    return this.managed(group).invite(agent, { kind: 'person', secret, signal });
  }

  private secret(what: string, of: string): string {
    return createHmac('sha256', this.parts.instance).update(`quorate ${what}\n${of}`).digest('base64url');
  }
}
