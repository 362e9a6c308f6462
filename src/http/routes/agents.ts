import { cursorOf } from '../../core/group/acknowledgements.ts';
import type { Group, Member } from '../../core/group/state.ts';
import { limits } from '../../core/limits.ts';
import type { Result } from '../../core/result.ts';
import { parseDuration } from '../../core/rule/duration.ts';
import { viewAgent } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf, hashOf, newKey, tokenFor } from '../edge/access.ts';
import { bodyObject, countIn, type Fields, nameIn, shownAsIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType, type Request } from '../route.ts';
import type { Router } from '../router.ts';
import * as api from './agents.api.ts';

/** Agents of a group: join for a lease and a token, renew, leave or be removed, list. [Q5] */

export function agentRoutes(
  router: Router,
  replica: Replica,
  access: Access,
  reading: Reading,
  logId: string,
): void {
  const { state } = replica;
  const path = '/v1/groups/:group/agents/:agent';

  router.on('PUT', path, api.join, async (request, response) => {
    const caller = callerOf(request);
    const group = nameIn('group', request.params.group);
    const agent = nameIn('agent', request.params.agent);
    const fields = bodyObject(request.body ?? {}, ['name', 'kind', 'role', 'ttl', 'instance']);
    const wanted = { role: roleIn(fields), ttl: ttlIn(fields), ...shownAsIn(fields) };
    await replica.barrier();
    // The holder of the token is the same instance by definition; others are told apart by their instance.
    const known = state.groups.get(group);
    const mine = [known?.members.get(agent), known?.invites.get(agent)].some(
      (holder) => holder?.tokenHash === caller.hash,
    );
    const token =
      mine && caller.token !== null ? caller.token : tokenFor(logId, group, agent, instanceIn(fields));
    const command = {
      type: 'join',
      group,
      agent,
      ...wanted,
      tokenHash: hashOf(token),
      joinKeyHash: caller.hash,
    } as const;
    const { did, body } = await replica.submit(command, (result) => {
      const { did, lease } = leaseOf(result, group, caller);
      return { did, body: { ...lease, ...placeOf(group, agent), ttl: wanted.ttl, token } };
    });
    response.status = did === 'joined' ? 201 : 200;
    response.json(body);
  });

  router.on('POST', `${path}/renew`, api.renewLease, async (request, response) => {
    const { caller, group, agent } = named(request);
    const command = { type: 'renew', group, agent, tokenHash: caller.hash } as const;
    const { lease } = await replica.submit(command, (result) => leaseOf(result, group, caller));
    response.json(lease);
  });

  router.on('DELETE', path, api.leave, async (request, response) => {
    const { caller, group, agent } = named(request);
    // Before the barrier this copy may not know a new key of the group, and would take its holder for a stranger.
    await replica.barrier();
    const known = state.groups.get(group);
    const command =
      known !== undefined && access.isManager(known, caller)
        ? ({
            type: 'remove-agent',
            group,
            agent,
            byKeyHash: access.isAdmin(caller) ? null : caller.hash,
          } as const)
        : ({ type: 'leave', group, agent, tokenHash: caller.hash } as const);
    const { lease } = await replica.submit(command, (result) => leaseOf(result, group, caller));
    response.json(lease);
  });

  router.on('GET', '/v1/groups/:group/agents', api.listAgents, async (request, response) => {
    const limit = countIn(request, 'limit', 1, 10_000) ?? 1000;
    const after = request.query.after?.toString();
    const { group } = await reading.group(request, response);
    const { revision, members } = group;
    if (after !== undefined && !members.has(after))
      throw new Problem('agent-not-found', 'after must name an agent of the list', { index: state.index });
    const { index } = state;
    const page = await reading.pages.of({
      items: membersFrom(members, after),
      limit,
      write: (one) => JSON.stringify(viewAgent(one)),
      caller: response.raw,
    });
    const next = page.more ? (page.listed.at(-1)?.agent ?? null) : null;
    if (next !== null) response.next(`/v1/groups/${group.name}/agents?after=${next}&limit=${limit}`);
    const agents = page.texts.join(',');
    const more = { next, total: members.size, revision, index };
    response.send(jsonType, `{"agents":[${agents}],${JSON.stringify(more).slice(1)}`);
  });

  /** As what an agent is in the view, and where it goes on in the stream, right after it has joined. [Q9.3] [Q9.9] */
  function placeOf(name: string, agent: string) {
    const { members, stream } = state.groups.get(name) as Group;
    const member = members.get(agent) as Member;
    const { role, incarnation } = member;
    return { role, view: stream.view, incarnation, cursor: cursorOf(member) };
  }

  function leaseOf(result: Result, name: string, caller: Caller) {
    if (!result.ok) throw access.refused(result, state, name, caller);
    const { agent, expiresAt } = 'expiresAt' in result ? result : { agent: '', expiresAt: null };
    const group = state.groups.get(name);
    const lease = {
      group: name,
      agent,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      revision: group?.revision ?? 0,
      index: state.index,
    };
    return { did: result.did, lease };
  }
}

/** In order of joining; null for one passed over. */
function* membersFrom(members: Group['members'], after: string | undefined): Generator<Member | null> {
  let skipping = after !== undefined;
  for (const member of members.values()) {
    yield skipping ? null : member;
    if (member.agent === after) skipping = false;
  }
}

function named(request: Request): { caller: Caller; group: string; agent: string } {
  const { group, agent } = request.params;
  return { caller: callerOf(request), group: nameIn('group', group), agent: nameIn('agent', agent) };
}

export function roleIn({ role }: Fields): 'voter' | 'observer' | null {
  if (role === undefined) return null;
  if (role === 'voter' || role === 'observer') return role;
  throw new Problem('invalid-request', 'role must be "voter" or "observer"');
}

function ttlIn({ ttl = limits.leaseDefault }: Fields): number {
  const ms = typeof ttl === 'string' || typeof ttl === 'number' ? parseDuration(ttl) : null;
  if (ms !== null && ms >= limits.leaseMin && ms <= limits.leaseMax) return ms;
  throw new Problem('invalid-request', 'ttl must be a duration from 1s to 1d, such as "30s"');
}

/** The name of the process that joins. One that sends none can show only by its token that it is the same. */
export function instanceIn({ instance }: Fields): string {
  if (instance === undefined) return newKey();
  if (typeof instance === 'string' && instance.length >= 8 && instance.length <= 128) return instance;
  throw new Problem('invalid-request', 'instance must be a random text of 8 to 128 characters');
}
