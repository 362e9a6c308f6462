import type { Command, Refusal, Result } from '../types.ts';
import { type GroupKeys, type Scene, step } from './group.ts';
import type { Group } from './state.ts';

/**
 * The keys of a group that admits by key: the join key admits agents and, where there is no administrator, manages the
 * group; the observer key only reads. An open group has none. [Q5.4] [Q5.12]
 */

type PutGroup = Extract<Command, { type: 'put-group' }>;
type PutKeys = Extract<Command, { type: 'put-keys' }>;

const none: GroupKeys = { joinKeyHash: null, observerKeyHash: null };

/** The keys of a group after this put. Null where it would need some, and neither it nor the put has any. */
export function keysAfter(group: Group | undefined, put: PutGroup): GroupKeys | null {
  // An old observer key must not read again when the group next admits by key.
  if (put.settings.admission === 'open') return none;
  if (group !== undefined && group.joinKeyHash !== null) return keysOf(group);
  return put.joinKeyHash === null ? null : keysOf(put);
}

/** Whether a put names keys that are not those that the group has. */
export function hasOtherKeys(group: Group, put: PutGroup): boolean {
  if (put.settings.admission === 'open' || put.joinKeyHash === null || group.joinKeyHash === null)
    return false;
  return !hasKeys(group, put);
}

/** Gives the group these keys in place of its own, which end at once. [Q5.12] */
export function putKeys(scene: Scene, group: Group, command: PutKeys): Result {
  const { name, settings, joinKeyHash } = group;
  if (settings.admission === 'open')
    return refuse('no-keys', `group ${name} admits everybody: it has no keys`);
  // Sent again, maybe on the strength of the key that it has ended.
  if (hasKeys(group, command)) return { ok: true, did: 'unchanged', revision: group.revision };
  if (command.inPlaceOf !== joinKeyHash)
    return refuse(
      'revision-mismatch',
      `the keys of group ${name} are not as you last saw them: it has got others`,
    );
  Object.assign(group, keysOf(command));
  step(scene, group, 'keys-changed', null, null);
  return { ok: true, did: 'updated', revision: group.revision };
}

function keysOf({ joinKeyHash, observerKeyHash }: GroupKeys): GroupKeys {
  return { joinKeyHash, observerKeyHash };
}

function hasKeys(group: Group, { joinKeyHash, observerKeyHash }: GroupKeys): boolean {
  return group.joinKeyHash === joinKeyHash && group.observerKeyHash === observerKeyHash;
}

function refuse(code: Refusal['code'], detail: string): Refusal {
  return { ok: false, code, detail };
}
