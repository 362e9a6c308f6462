import { cursorOf } from '../../core/group/acknowledgements.ts';
import type { Group, Member } from '../../core/group/state.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, callerOf } from '../edge/access.ts';
import { bodyObject, nameIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import type { Router } from '../router.ts';
import * as api from './cursors.api.ts';

/** Up to where each agent has handled the stream of its group. [Q9.9] */

export function cursorRoutes(router: Router, replica: Replica, access: Access, reading: Reading): void {
  const { state } = replica;
  const path = '/v1/groups/:group/agents/:agent/cursor';

  router.on('PUT', path, api.putCursor, async (request, response) => {
    const caller = callerOf(request);
    const group = nameIn('group', request.params.group);
    const agent = nameIn('agent', request.params.agent);
    const { offset } = bodyObject(request.body, ['offset']);
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
      throw new Problem('invalid-request', 'offset must be that of the last item that is handled, or 0');
    const command = { type: 'set-cursor', group, agent, tokenHash: caller.hash, offset } as const;
    const body = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, group, caller);
      return cursor(state.groups.get(group) as Group, agent);
    });
    response.json(body);
  });

  router.on('GET', path, api.getCursor, async (request, response) => {
    const agent = nameIn('agent', request.params.agent);
    const { group, name } = await reading.group(request, response);
    if (!group.members.has(agent))
      throw new Problem('agent-not-found', `group ${name} does not know agent ${agent}`, {
        index: state.index,
      });
    response.json(cursor(group, agent));
  });

  function cursor({ name, members }: Group, agent: string) {
    const member = members.get(agent) as Member;
    const { incarnation } = member;
    return { group: name, agent, offset: cursorOf(member), incarnation, index: state.index };
  }
}
