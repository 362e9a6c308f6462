import type { Group, Invite } from '../../core/group/state.ts';
import { viewInvite } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import {
  type Access,
  type Caller,
  callerOf,
  hashOf,
  inviteTokenFor,
  newKey,
  noSuchGroup,
} from '../edge/access.ts';
import type { BasePath } from '../edge/base-path.ts';
import { originOf } from '../edge/origin.ts';
import type { Sources } from '../edge/sources.ts';
import { bodyObject, countIn, type Fields, nameIn, shownAsIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType, type Request } from '../route.ts';
import type { Router } from '../router.ts';
import { instanceIn, roleIn } from './agents.ts';
import * as api from './invites.api.ts';
import { isKey } from './keys.ts';

/** Invites of a group that admits by invite: made, listed, revoked by its manager; redeemed by whoever has the secret. [Q5.14] [Q5.15] */

interface InviteParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly sources: Sources;
  readonly basePath: BasePath;
  readonly logId: string;
}

export function inviteRoutes(
  router: Router,
  { replica, access, reading, sources, basePath, logId }: InviteParts,
): void {
  const { state } = replica;
  const path = '/v1/groups/:group/invites';

  router.on('POST', path, api.createInvite, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const fields = bodyObject(request.body, ['agent', 'name', 'kind', 'role', 'secret']);
    const agent = nameIn('agent', fields.agent);
    const role = roleIn(fields) ?? 'voter';
    const secret = secretIn(fields, () => newKey());
    const byKeyHash = await managing(request, name);
    const about = { group: name, agent, ...shownAsIn(fields), role };
    const command = { type: 'put-invite', ...about, secretHash: hashOf(secret), byKeyHash } as const;
    const { isNew, body } = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, callerOf(request));
      const link = `${originOf(request.raw, sources)}${basePath}/g/${name}/vote?as=${agent}#${secret}`;
      return { isNew: result.did === 'invited', body: { ...shown(name, agent), secret, link } };
    });
    response.status = isNew ? 201 : 200;
    response.json(body);
  });

  router.on('GET', path, api.listInvites, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const limit = countIn(request, 'limit', 1, 10_000) ?? 1000;
    const after = request.query.after?.toString();
    await reading.fresh(request, response);
    const { invites, revision } = managed(name, callerOf(request));
    const { index } = state;
    if (after !== undefined && !invites.has(after))
      throw new Problem('agent-not-found', 'after must name an agent of the list', { index });
    const page = await reading.pages.of({
      items: invitesFrom(invites, after),
      limit,
      write: (one) => JSON.stringify(viewInvite(one)),
      caller: response.raw,
    });
    const next = page.more ? (page.listed.at(-1)?.agent ?? null) : null;
    if (next !== null) response.next(`${path.replace(':group', name)}?after=${next}&limit=${limit}`);
    const more = { next, total: invites.size, revision, index };
    response.send(jsonType, `{"invites":[${page.texts.join(',')}],${JSON.stringify(more).slice(1)}`);
  });

  router.on('DELETE', `${path}/:agent`, api.revokeInvite, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const agent = nameIn('agent', request.params.agent);
    const byKeyHash = await managing(request, name);
    const command = { type: 'revoke-invite', group: name, agent, byKeyHash } as const;
    const body = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, callerOf(request));
      return shown(name, agent);
    });
    response.json(body);
  });

  router.on('POST', `${path}/:agent/redeem`, api.redeemInvite, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const agent = nameIn('agent', request.params.agent);
    const fields = bodyObject(request.body, ['secret', 'instance']);
    const secret = secretIn(fields, () => {
      throw new Problem('invalid-request', 'secret is missing: it is the part of the link behind the #');
    });
    const instance = instanceIn(fields);
    const caller = callerOf(request);
    await replica.barrier();
    const invite = state.groups.get(name)?.invites.get(agent);
    // A stranger with a guess writes nothing into the log, and does not learn whether there is such a group.
    if (invite === undefined || invite.secretHash !== hashOf(secret) || invite.state === 'revoked')
      throw wrong(name, agent);
    // The holder of the token is the same instance by definition; others are told apart by their instance.
    const isMine = caller.token !== null && invite.tokenHash === caller.hash;
    const token = isMine ? caller.token : inviteTokenFor({ logId, group: name, invite, secret, instance });
    const command = {
      ...({ type: 'redeem', group: name, agent } as const),
      secretHash: hashOf(secret),
      tokenHash: hashOf(token),
    };
    const body = await replica.submit(command, (result) => {
      if (result.ok) return { ...shown(name, agent), token };
      if (result.code !== 'invite-used') throw wrong(name, agent);
      const since = new Date(result.since as number).toISOString();
      throw new Problem(result.code, result.detail, { index: state.index, since });
    });
    response.json(body);
  });

  /** The group, for who may manage it; throws for all others. */
  function managed(name: string, caller: Caller): Group {
    const group = state.groups.get(name);
    access.manage(group, name, caller, state);
    if (group === undefined) throw noSuchGroup(name, state.index);
    return group;
  }

  /** The hash of the join key that the caller manages the group by; null for the administrator. */
  async function managing(request: Request, name: string): Promise<string | null> {
    const caller = callerOf(request);
    // Before the barrier this copy may not know a new key of the group.
    await replica.barrier();
    managed(name, caller);
    return access.isAdmin(caller) ? null : (caller.hash ?? '');
  }

  /** An invite right after a command about it. */
  function shown(name: string, agent: string) {
    const group = state.groups.get(name) as Group;
    const invite = viewInvite(group.invites.get(agent) as Invite);
    return { group: name, ...invite, revision: group.revision, index: state.index };
  }

  function wrong(name: string, agent: string): Problem {
    const detail = `this secret opens no invite of agent ${agent} in group ${name}`;
    return new Problem('invite-wrong', detail, { index: state.index });
  }
}

/** In the order in which they were first invited; null for one passed over. */
function* invitesFrom(invites: Group['invites'], after: string | undefined): Generator<Invite | null> {
  let skipping = after !== undefined;
  for (const invite of invites.values()) {
    yield skipping ? null : invite;
    if (invite.agent === after) skipping = false;
  }
}

function secretIn({ secret }: Fields, otherwise: () => string): string {
  if (secret === undefined || secret === null) return otherwise();
  if (isKey(secret)) return secret;
  throw new Problem(
    'invalid-request',
    'secret must be 16 to 512 random characters of A-Z a-z 0-9 - . _ ~ + / =',
  );
}
