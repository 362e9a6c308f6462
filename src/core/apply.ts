import { hasOtherKeys, keysAfter, putKeys } from './group/admission.ts';
import { tellingFor } from './group/classroom.ts';
import { DueQueue } from './group/due.ts';
import {
  abandon,
  closeByHand,
  createGroup,
  expire,
  mark,
  nextDueOf,
  openNext,
  removeGroup,
  type Scene,
  step,
} from './group/group.ts';
import { Shared } from './group/interned.ts';
import { impostor, join, leave, removeAgent, renew, touch } from './group/members.ts';
import { propose } from './group/propose.ts';
import { type Group, Groups, type State, withItem } from './group/state.ts';
import { canonical } from './json.ts';
import { advance } from './log-time.ts';
import type {
  Command,
  Entry,
  Event,
  Expected,
  Json,
  OutcomeReason,
  Refusal,
  RefusalCode,
  Result,
} from './types.ts';

/**
 * The one function everything else serves: the log's next entry in, results and events out. [Q1]
 *
 * Pure but for the state it is given: no clock, no randomness, no I/O. The same entries in the same order give
 * the same state, results and events, on every server and at every replay. A refusal is a result. An exception
 * is a bug or a log this version does not understand, and the server must stop.
 */
export interface Applied {
  /** One for each command of the entry, in order. */
  readonly results: readonly Result[];
  readonly events: readonly Event[];
  /** Names of the groups whose records the entry changed, made or removed. */
  readonly changed: ReadonlySet<string>;
  /** Whether `changed` names them all: not while a checkpoint holds groups as of a later entry than this one. */
  readonly whole: boolean;
}

/**
 * Called after each command, before the next: the only moment at which the state is what the command left. Must not throw.
 */
export type Told = (position: number, result: Result) => void;

const nobody: Told = () => {};

/** The newest version of entries that this code understands. It writes the one that the log has activated. */
export const entryVersion = 1;

/**
 * More than a command can move the revision of any one group. A command, or a tick, ends at most one round by the clock
 * (2) and then makes at most 3 changes; and a join lets its agent lapse later, which ends at most two rounds (5).
 */
export const changesPerCommand = 16;

export function emptyState(): State {
  return {
    index: 0,
    time: 0,
    commands: 0,
    revisionFloor: 0,
    version: 1,
    idling: false,
    groups: new Groups(),
    due: new DueQueue(),
    clocks: new Map(),
    ahead: new Map(),
    shared: new Shared(),
  };
}

export function apply(state: State, entry: Entry, index: number, told: Told = nobody): Applied {
  if (!(entry.version >= 1 && entry.version <= state.version)) {
    const known = `this server understands ${entryVersion}, active is ${state.version}`;
    throw new Error(`entry ${index} has version ${entry.version}, ${known}`);
  }
  if (index !== state.index + 1) throw new Error(`entry ${index} came after entry ${state.index}`);
  advance(state, entry);
  state.index = index;
  const whole = state.ahead.size === 0;
  const events: Event[] = [];
  const changed = new Set<string>();
  const scene: Scene = { state, index, now: state.time, seed: entry.seed, events, changed };
  const results = entry.commands.map((command, position) => {
    const result = run(scene, command);
    told(position, result);
    return result;
  });
  return { results, events, changed, whole };
}

type GroupCommand = Extract<Command, { readonly group: string }>;

function run(scene: Scene, command: Command): Result {
  raiseFloor(scene.state, command);
  if (command.type === 'tick') return tick(scene);
  if (command.type === 'activate') return activate(scene, command.version);
  if (isAhead(scene.state, command.group)) return { ok: true, did: 'ticked' };
  // What has run out by now is over before the command is looked at, whoever notices it first. [Q7.2]
  letRunOut(scene, command.group);
  const result = toGroup(scene, scene.state.groups.get(command.group), command);
  remind(scene.state, command.group);
  return result;
}

/** What happens to one group, if it exists; nothing in it has run out. */
function toGroup(scene: Scene, group: Group | undefined, command: GroupCommand): Result {
  if (command.type === 'put-group') return putGroup(scene, group, command);
  if (group === undefined) return refuse('group-not-found', `there is no group ${command.group}`);
  switch (command.type) {
    case 'delete-group':
      return deleteGroup(scene, group, command.ifRevision);
    case 'propose':
      return propose(scene, group, command);
    case 'tell':
      return tell(scene, group, command);
    case 'open-round':
      return openByHand(scene, group, command.round);
    case 'close-round':
      return close(scene, group, command);
    case 'join':
      return join(scene, group, command);
    case 'renew':
      return renew(scene, group, command);
    case 'leave':
      return leave(scene, group, command);
    case 'remove-agent':
      return removeAgent(scene, group, command);
    case 'put-keys':
      return putKeys(scene, group, command);
    default:
      return unknown(command);
  }
}

/**
 * Where a name has been deleted, what is made from now on begins above every revision there can have been, so that no
 * old cursor or ETag fits it, though nothing is kept of what was deleted. It follows from the log alone, not from the
 * group, so that it is the same for a replay that passes over groups which are ahead. [Q3.15]
 */
function raiseFloor(state: State, command: Command): void {
  state.commands += 1;
  const isPut = command.type === 'put-group';
  if (command.type === 'delete-group') state.revisionFloor = state.commands * changesPerCommand;
  // Where groups may go by themselves, any that is put may be one that has gone; going takes only two changes.
  if (isPut && state.idling) state.revisionFloor = (state.commands - 1) * changesPerCommand;
  if (isPut && command.settings.retention?.idle) state.idling = true;
}

/** Looks at every group whose time has come, in order of name, so that all servers see the same revisions. [Q7.3] */
function tick(scene: Scene): Result {
  const { due } = scene.state;
  const names: string[] = [];
  for (; due.next <= scene.now; due.delete(due.first as string)) names.push(due.first as string);
  // None is ahead here: what would run out at a position that its record has seen has run out in it.
  for (const name of names.sort()) {
    letRunOut(scene, name);
    remind(scene.state, name);
  }
  return { ok: true, did: 'ticked' };
}

function letRunOut(scene: Scene, name: string): void {
  const group = scene.state.groups.get(name);
  if (group !== undefined) expire(scene, group);
}

/** Makes sure that a group is looked at when something in it runs out next, and not before. */
function remind({ due, groups }: State, name: string): void {
  const group = groups.get(name);
  due.set(name, group === undefined ? Infinity : nextDueOf(group));
}

/** Where the behaviour of a version begins, at one index for all; whoever does not understand it must stop here. [Q1.11] */
function activate({ state, index }: Scene, version: number): Result {
  if (version > entryVersion) {
    const known = `this server understands ${entryVersion}: update it`;
    throw new Error(`entry ${index} activates version ${version} of the log, ${known}`);
  }
  if (version < state.version)
    return refuse(
      'revision-mismatch',
      `version ${state.version} of the log is active, not before ${version}`,
    );
  state.version = version;
  return { ok: true, did: 'activated', version };
}

/** Whether a checkpoint already holds what this entry does to this group; nobody waits for the answer then. */
function isAhead(state: State, group: string): boolean {
  const position = state.ahead.get(group);
  if (position === undefined) return false;
  if (position >= state.index) return true;
  state.ahead.delete(group);
  return false;
}

type PutGroup = Extract<Command, { type: 'put-group' }>;

function putGroup(scene: Scene, group: Group | undefined, command: PutGroup): Result {
  const { settings, ifRevision } = command;
  // Whatever revision it names: it may be the one that made them so, sent again. [Q3.13]
  if (group !== undefined && isInForce(group, command))
    return { ok: true, did: 'unchanged', revision: group.revision };
  const keys = keysAfter(group, command);
  // Without any it was meant for a group that had some: nobody could ever join.
  if (keys === null || !isExpected(ifRevision, group?.revision ?? 0)) return mismatch(group);
  if (group === undefined) {
    const made = createGroup(scene, command.group, settings, keys);
    return { ok: true, did: 'created', revision: made.revision };
  }
  if (hasOtherKeys(group, command))
    return refuse('join-key-wrong', `group ${group.name} has keys already, and not these`);
  const ending = endingFor(group, command);
  group.settings = scene.state.shared.settings(settings);
  Object.assign(group, keys);
  step(scene, group, 'group-updated', null, null);
  if (ending !== null) {
    abandon(scene, group, ending);
    if (group.open === null && hasRoundsLeft(group)) openNext(scene, group);
  }
  return { ok: true, did: 'updated', revision: group.revision };
}

/** Why this put ends the open round, if there is one, and opens the next; null where it does not. */
function endingFor({ settings, open }: Group, command: PutGroup): OutcomeReason | null {
  // What was said about the old subject must not count for the new one. [Q4.23]
  if (command.settings.subjectHash !== settings.subjectHash) return 'subject-changed';
  const isAnonymous = open !== null && open.proposals.size === open.seats;
  return command.atOnce === true && isAnonymous ? 'rule-changed' : null;
}

function isInForce(group: Group, command: PutGroup): boolean {
  const [wanted, known] = [command.settings, group.settings] as unknown as [Json, Json];
  return !hasOtherKeys(group, command) && canonical(wanted) === canonical(known);
}

function deleteGroup(scene: Scene, group: Group, ifRevision: Expected): Result {
  if (!isExpected(ifRevision, group.revision)) return mismatch(group);
  removeGroup(scene, group);
  return { ok: true, did: 'deleted', revision: group.revision };
}

type Tell = Extract<Command, { type: 'tell' }>;

/** Moves a classroom reader's cursor: it has been told of its own round, or has used up an anonymous seat. [Q2.4] [Q2.6] */
function tell(scene: Scene, group: Group, { reader, identified }: Tell): Result {
  const telling = tellingFor(group, reader, identified);
  if (telling.moves) {
    if (telling.own) group.toldOwn = withItem(group.toldOwn, reader);
    else group.told = withItem(group.told, reader);
    mark(scene, group);
  }
  return { ok: true, did: 'told', state: telling.state };
}

function openByHand(scene: Scene, group: Group, round: number | null): Result {
  // Maybe by this very command, whose answer was lost.
  if (round !== null && round <= group.round) return { ok: true, did: 'opened-before', round };
  if (round !== null && round > group.round + 1)
    return refuse(
      'round-not-open',
      `round ${round} cannot open yet: the latest is ${group.round}`,
      group.round,
    );
  if (group.open !== null) return refuse('round-open', `round ${group.round} is open`, group.round);
  if (!hasRoundsLeft(group))
    return refuse('group-exhausted', `group ${group.name} has used up its rounds`, group.round);
  openNext(scene, group);
  return { ok: true, did: 'opened', round: group.round };
}

/** Whether the rule, as it stands now, allows another round. [Q4.19] */
function hasRoundsLeft({ settings, round }: Group): boolean {
  const { maxRounds } = settings.rule;
  return maxRounds === null || round < maxRounds;
}

type CloseRound = Extract<Command, { type: 'close-round' }>;

function close(scene: Scene, group: Group, command: CloseRound): Result {
  const { round, by, ifRevision } = command;
  if (by !== null) {
    const wrong = impostor(group, by, command.tokenHash);
    if (wrong !== null) return wrong;
    const member = group.members.get(by);
    if (member?.live === true) touch(scene, group, member);
    const { mayClose } = group.settings;
    const may = mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(by));
    if (!may) return refuse('may-not-close', `agent ${by} may not close rounds of group ${group.name}`);
  }
  if (round > group.round)
    return refuse(
      'round-not-open',
      `round ${round} is not open yet: the latest is ${group.round}`,
      group.round,
    );
  if (round !== group.open?.number) return refuse('round-closed', `round ${round} is closed`, round);
  // Looked at last: only the open round can still change, and that another is closed is the better answer.
  if (!isExpected(ifRevision, group.revision)) return mismatch(group);
  closeByHand(scene, group, 'closed-by-hand');
  return { ok: true, did: 'closed', round };
}

/** Whether a command that names this revision is meant for a group at that one, 0 where there is none. */
function isExpected(named: Expected, revision: number): boolean {
  return named === 'any' ? revision > 0 : named === null || named === revision;
}

function mismatch(group: Group | undefined): Refusal {
  const now = group === undefined ? 'it does not exist' : `it is at revision ${group.revision}`;
  return refuse('revision-mismatch', `the group is not as you last saw it: ${now}`);
}

function refuse(code: RefusalCode, detail: string, round?: number): Refusal {
  return round === undefined ? { ok: false, code, detail } : { ok: false, code, detail, round };
}

function unknown(command: never): never {
  throw new Error(`this server does not know the command ${JSON.stringify(command).slice(0, 80)}`);
}
