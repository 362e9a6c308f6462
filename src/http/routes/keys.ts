import type { Replica } from '../../replica/replica.ts';
import { type Access, callerOf, hashOf, newKey, noSuchGroup } from '../edge/access.ts';
import { bodyObject, nameIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Router } from '../router.ts';
import { putKeys } from './groups.api.ts';

/** The keys of a group that admits by key: chosen with it or made here, exchanged for others. [Q5.4] [Q5.12] */

/** Keys as texts: only the response to what sets them shows them, and only their hashes are kept. */
export interface Keys {
  readonly joinKey: string;
  readonly observerKey: string;
}

export function keyRoutes(router: Router, replica: Replica, access: Access): void {
  const { state } = replica;

  router.on('PUT', '/v1/groups/:group/keys', putKeys, async (request, response) => {
    const name = nameIn('group', request.params.group);
    const chosen = keysIn(bodyObject(request.body ?? {}, ['joinKey', 'observerKey']));
    const sender = callerOf(request);
    await replica.barrier();
    const group = state.groups.get(name);
    // When it is sent again, its token may be the join key that it has replaced.
    const caller = access.withKey(sender, group, chosen?.joinKey);
    access.manage(group, name, caller, state);
    if (group === undefined) throw noSuchGroup(name, state.index);
    if (chosen === null && !access.isAdmin(caller))
      throw new Problem(
        'invalid-request',
        'choose joinKey and observerKey: the key that you manage the group by ends, and would be lost with the reply',
      );
    const keys = chosen ?? newKeys();
    const command = {
      type: 'put-keys',
      group: name,
      ...hashesOf(keys),
      inPlaceOf: group.joinKeyHash,
    } as const;
    const answer = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, caller);
      const revision = 'revision' in result ? result.revision : 0;
      return { group: name, ...keys, revision, index: state.index };
    });
    response.json(answer);
  });
}

export function newKeys(): Keys {
  return { joinKey: newKey(), observerKey: newKey() };
}

/** The keys that a body chooses; null where it chooses none. */
export function keysIn({ joinKey, observerKey }: { readonly [Key in keyof Keys]?: unknown }): Keys | null {
  if (joinKey === undefined && observerKey === undefined) return null;
  if (isKey(joinKey) && isKey(observerKey) && joinKey !== observerKey) return { joinKey, observerKey };
  throw new Problem(
    'invalid-request',
    'joinKey and observerKey go together, must differ, and have 16 to 512 random characters of A-Z a-z 0-9 - . _ ~ + / =',
  );
}

export function isKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\w.~+/=-]{16,512}$/.test(key);
}

/** The hashes of keys, as commands carry them. */
export function hashesOf({ joinKey, observerKey }: Keys) {
  return { joinKeyHash: hashOf(joinKey), observerKeyHash: hashOf(observerKey) };
}
