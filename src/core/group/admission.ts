import type { Command } from '../entry.ts';
import type { Refusal, Result } from '../result.ts';
import { type Context, recordEvent } from './context.ts';
import { refuse } from './refuse.ts';
import type { Group } from './state.ts';

/**
 * The keys of a group that admits by key: the join key admits agents and, where there is no administrator, manages the
 * group; the observer key only reads. An open group has none. [Q5.4] [Q5.12]
 */

type PutGroup = Extract<Command, { type: 'put-group' }>;
type PutKeys = Extract<Command, { type: 'put-keys' }>;

/** Hashes of the keys of a group that admits by key; both null for an open group. */
export interface AdmissionKeys {
  readonly joinKeyHash: string | null;
  readonly observerKeyHash: string | null;
}

const none: AdmissionKeys = { joinKeyHash: null, observerKeyHash: null };

/** The keys of a group after this put; null when it would need some, and neither it nor the put has any. */
export function keysAfter(group: Group | undefined, put: PutGroup): AdmissionKeys | null {
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
export function putKeys(context: Context, group: Group, command: PutKeys): Result {
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
  recordEvent(context, group, 'keys-changed');
  return { ok: true, did: 'updated', revision: group.revision };
}

/** The refusal of who manages the group by a join key, with this hash, that is not its own, or null. Null is the administrator's. */
export function managerRefusal(group: Group, byKeyHash: string | null, doing: string): Refusal | null {
  if (byKeyHash === null || byKeyHash === group.joinKeyHash) return null;
  return refuse('join-key-wrong', `${doing} group ${group.name} needs its join key`);
}

function keysOf({ joinKeyHash, observerKeyHash }: AdmissionKeys): AdmissionKeys {
  return { joinKeyHash, observerKeyHash };
}

function hasKeys(group: Group, { joinKeyHash, observerKeyHash }: AdmissionKeys): boolean {
  return group.joinKeyHash === joinKeyHash && group.observerKeyHash === observerKeyHash;
}
