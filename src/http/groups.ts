import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseSettings } from '../core/rules.ts';
import type { GroupShape } from '../core/shapes.ts';
import type { State } from '../core/state.ts';
import type { Json, Settings } from '../core/types.ts';
import { viewGroup } from '../core/view.ts';
import type { Replica } from '../replica/replica.ts';
import { countIn, nameIn, revisionCondition } from './input.ts';
import { Problem } from './problem.ts';
import { refused } from './refused.ts';

/** Groups: create or update, show, list, delete. */

type ByGroup = { Params: { group: string } };

export function groupRoutes(app: FastifyInstance, replica: Replica): void {
  app.put<ByGroup>('/v1/groups/:group', async (request, reply) => {
    const group = nameIn('group', request.params.group);
    const settings = settingsIn(request.body);
    const ifRevision = revisionCondition(request);
    const command = { type: 'put-group', group, settings, ifRevision, joinKeyHash: null } as const;
    const { created, shape } = await replica.submit(command, (result, state) => {
      if (!result.ok) throw refused(result, state.groups.get(group), state.index);
      return { created: result.did === 'created', shape: shownGroup(state, group) };
    });
    return sendGroup(reply.code(created ? 201 : 200), shape);
  });

  app.get<ByGroup>('/v1/groups/:group', async (request, reply) => {
    const name = nameIn('group', request.params.group);
    await replica.barrier();
    return sendGroup(reply, shownGroup(replica.state, name));
  });

  app.get<{ Querystring: { after?: string } }>('/v1/groups', async (request, reply) => {
    const limit = countIn(request, 'limit', 1, 1000) ?? 100;
    const { after } = request.query;
    await replica.barrier();
    const { state } = replica;
    if (after !== undefined && !state.groups.has(after))
      throw new Problem('group-not-found', 'after must name a group of the list');
    const groups: GroupShape[] = [];
    let next: string | null = null;
    let skipping = after !== undefined;
    // In order of creation, so that paging sees each group once while others are being made.
    for (const group of state.groups.values()) {
      if (skipping) {
        skipping = group.name !== after;
        continue;
      }
      if (groups.length === limit) {
        next = groups.at(-1)?.group ?? null;
        break;
      }
      groups.push(viewGroup(group, state.index));
    }
    return reply.type('application/json').send(JSON.stringify({ groups, next, index: state.index }));
  });

  app.delete<ByGroup>('/v1/groups/:group', async (request, reply) => {
    const group = nameIn('group', request.params.group);
    const command = { type: 'delete-group', group, ifRevision: revisionCondition(request) } as const;
    const deleted = await replica.submit(command, (result, state) => {
      if (!result.ok) throw refused(result, state.groups.get(group), state.index);
      return {
        group,
        deleted: true,
        revision: 'revision' in result ? result.revision : 0,
        index: state.index,
      };
    });
    return reply.type('application/json').send(JSON.stringify(deleted));
  });
}

function settingsIn(body: unknown): Settings {
  const parsed = parseSettings((body ?? {}) as Json);
  if (parsed.ok) return parsed.settings;
  const first = parsed.complaints[0];
  throw new Problem('invalid-rule', `${first?.field}: ${first?.fix}`, { errors: parsed.complaints });
}

function shownGroup(state: State, name: string): GroupShape {
  const group = state.groups.get(name);
  if (group === undefined)
    throw new Problem('group-not-found', `there is no group ${name}`, { index: state.index });
  return viewGroup(group, state.index);
}

function sendGroup(reply: FastifyReply, shape: GroupShape): FastifyReply {
  return reply
    .headers({ 'content-type': 'application/json; charset=utf-8', etag: `"${shape.revision}"` })
    .send(JSON.stringify(shape));
}
