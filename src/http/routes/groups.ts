import type { Group } from '../../core/group/state.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import type { Settings } from '../../core/types.ts';
import type { GroupJson } from '../../core/view/json-types.ts';
import { viewGroup } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, callerOf, hashOf, noSuchGroup } from '../edge/access.ts';
import { bodyObject, emptyBody, nameIn, revisionCondition } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import { hasAlready, sendUnchanged } from './conditional.ts';
import * as api from './groups.api.ts';
import { hashesOf, type Keys, keysIn, newKeys } from './keys.ts';

/** Groups: create or update, show, delete. */

export function groupRoutes(router: Router, replica: Replica, access: Access, reading: Reading): void {
  const { state } = replica;

  router.on('PUT', '/v1/groups/:group', api.putGroup, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const { settings, chosen } = groupIn(request);
    const sender = callerOf(request);
    const ifRevision = revisionCondition(request);
    await replica.barrier();
    const before = state.groups.get(name);
    // A caller that sends the creation again may have the key nowhere but in this body.
    const caller = access.withKey(sender, before, chosen?.joinKey);
    access.manage(before, name, caller, state);
    const needsKeys = settings.admission !== 'open' && (before?.joinKeyHash ?? null) === null;
    const keys = chosen ?? (needsKeys ? newKeys() : null);
    const hashes = keys === null ? { joinKeyHash: null, observerKeyHash: null } : hashesOf(keys);
    const command = { type: 'put-group', group: name, settings, ifRevision, ...hashes } as const;
    const { created, shape } = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, caller);
      const group = state.groups.get(name) as Group;
      const mine = keys !== null && group.joinKeyHash === hashOf(keys.joinKey) ? keys : {};
      return { created: result.did === 'created', shape: { ...viewGroup(group, state.index), ...mine } };
    });
    response.status = created ? 201 : 200;
    sendGroup(response, shape);
  });

  router.on('GET', '/v1/groups/:group', api.getGroup, async (request, response) => {
    const { group } = await reading.group(request, response);
    if (hasAlready(request, group.revision)) return sendUnchanged(response, group.revision);
    sendGroup(response, viewGroup(group, state.index));
  });

  router.on('DELETE', '/v1/groups/:group', api.deleteGroup, async (request, response) => {
    const caller = callerOf(request);
    const name = nameIn('group', request.params.group);
    await replica.barrier();
    const before = state.groups.get(name);
    access.manage(before, name, caller, state);
    if (before === undefined) throw noSuchGroup(name, state.index);
    const command = { type: 'delete-group', group: name, ifRevision: revisionCondition(request) } as const;
    const deleted = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, caller);
      return {
        group: name,
        deleted: true,
        revision: 'revision' in result ? result.revision : 0,
        index: state.index,
      };
    });
    response.json(deleted);
  });
}

/** The settings in a body, and the keys that it chooses; null where it chooses none. */
function groupIn({ body, headers }: Request): {
  readonly settings: Settings;
  readonly chosen: Keys | null;
} {
  // A body that is announced and empty may have been lost on the way: defaults must not replace a rule then.
  if (body === undefined && headers['content-type'] !== undefined) throw emptyBody();
  const { joinKey, observerKey, ...rest } = bodyObject(body === undefined ? {} : body, null);
  const parsed = parseSettings(rest);
  if (!parsed.ok) {
    const first = parsed.complaints[0];
    throw new Problem('invalid-rule', `${first?.field}: ${first?.fix}`, { errors: parsed.complaints });
  }
  const { settings } = parsed;
  const chosen = keysIn({ joinKey, observerKey });
  if (chosen !== null && settings.admission === 'open')
    throw new Problem(
      'invalid-request',
      'joinKey and observerKey are for groups with "admission": "key" or "invite"',
    );
  return { settings, chosen };
}

function sendGroup(response: Response, shape: GroupJson & Partial<Keys>): void {
  response.header('etag', `"${shape.revision}"`).json(shape);
}
