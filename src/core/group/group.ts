import type { Command, Expected } from '../entry.ts';
import { canonical } from '../json.ts';
import type { Result } from '../result.ts';
import type { Json, OutcomeReason } from '../types.ts';
import { type AdmissionKeys, hasOtherKeys, keysAfter } from './admission.ts';
import { noClaims } from './claim-list.ts';
import { type Context, recordEvent } from './context.ts';
import { noKeys } from './idempotency-keys.ts';
import { dropInvites } from './invites.ts';
import { shortenStream } from './items.ts';
import { noLeases } from './leases.ts';
import { refuse, revisionRefusal, staleRevision } from './refuse.ts';
import { abandonRound, closeIfOver, hasRoundsLeft, openNextRound } from './rounds.ts';
import { emptyMap, emptySet } from './small-maps.ts';
import type { Group } from './state.ts';
import { noStream, Stream } from './stream.ts';
import { noWebhooks } from './webhook-list.ts';

/** A group as a whole: made, changed and deleted. */

type PutGroup = Extract<Command, { type: 'put-group' }>;

/** Makes a group, or gives it other settings. [Q3.11] [Q3.12] */
export function putGroup(context: Context, group: Group | undefined, command: PutGroup): Result {
  // Whatever revision it names: it may be the one that made them so, sent again. [Q3.13]
  if (group !== undefined && isInForce(group, command))
    return { ok: true, did: 'unchanged', revision: group.revision };
  const stale = revisionRefusal(group, command.ifRevision);
  if (stale !== null) return stale;
  const keys = keysAfter(group, command);
  // A put without keys was meant for a group that had some: nobody could ever join the one it would make.
  if (keys === null) return staleRevision(group);
  if (group === undefined) {
    const made = createGroup(context, command, keys);
    return { ok: true, did: 'created', revision: made.revision };
  }
  if (hasOtherKeys(group, command))
    return refuse('join-key-wrong', `group ${group.name} has keys already, and not these`);
  const ending = endingFor(group, command);
  group.settings = context.state.interned.settings(command.settings);
  Object.assign(group, keys);
  recordEvent(context, group, 'group-updated');
  const endsInvites = group.settings.admission !== 'invite' && group.invites.size > 0;
  if (endsInvites) dropInvites(context, group);
  shortenStream(group);
  // Somebody may wait for acknowledgements of what is no longer kept.
  context.streamed.add(group.name);
  if (ending !== null) {
    abandonRound(context, group, ending);
    if (group.open === null && hasRoundsLeft(group)) openNextRound(context, group);
  } else if (endsInvites && context.state.version >= 2) closeIfOver(context, group);
  return { ok: true, did: 'updated', revision: group.revision };
}

function createGroup(context: Context, { group: name, settings }: PutGroup, keys: AdmissionKeys): Group {
  const { state } = context;
  const group: Group = {
    name,
    settings: state.interned.settings(settings),
    joinKeyHash: keys.joinKeyHash,
    observerKeyHash: keys.observerKeyHash,
    createdAt: context.now,
    revision: state.revisionFloor,
    position: context.index,
    status: 'idle',
    open: null,
    round: 0,
    closed: emptyMap(),
    kept: 0,
    keptCharacters: 0,
    members: emptyMap(),
    invites: emptyMap(),
    holders: emptyMap(),
    lastRound: emptyMap(),
    toldLatest: emptySet(),
    toldOwn: emptySet(),
    anonymousRound: 0,
    leases: noLeases,
    keys: noKeys,
    gone: null,
    idleSince: null,
    claims: noClaims,
    webhooks: noWebhooks,
    // Above every offset that an older group of this name can have had. [Q9.7]
    stream: state.version < 2 ? noStream : new Stream(state.revisionFloor),
  };
  state.groups.set(name, group);
  recordEvent(context, group, 'group-created');
  openNextRound(context, group);
  return group;
}

function isInForce(group: Group, command: PutGroup): boolean {
  const [wanted, known] = [command.settings, group.settings] as unknown as [Json, Json];
  return !hasOtherKeys(group, command) && canonical(wanted) === canonical(known);
}

/** Why this put ends the open round, if there is one, and opens the next; null when it does not. */
function endingFor({ settings, open }: Group, command: PutGroup): OutcomeReason | null {
  // What was said about the old subject must not count for the new one. [Q4.23]
  if (command.settings.subjectHash !== settings.subjectHash) return 'subject-changed';
  const isAnonymous = open !== null && open.proposals.size === open.seats;
  return command.atOnce === true && isAnonymous ? 'rule-changed' : null;
}

export function deleteGroup(context: Context, group: Group, ifRevision: Expected): Result {
  const stale = revisionRefusal(group, ifRevision);
  if (stale !== null) return stale;
  removeGroup(context, group);
  return { ok: true, did: 'deleted', revision: group.revision };
}

/** Ends the group: its open round first, and all it kept with it. [Q3.15] */
export function removeGroup(context: Context, group: Group): void {
  abandonRound(context, group, 'group-deleted');
  recordEvent(context, group, 'group-deleted');
  context.state.groups.delete(group.name);
  context.streamed.add(group.name);
  context.removed.push(group);
}
