import { type Command, type Entry, entryVersion, Newer } from './entry.ts';
import { putKeys } from './group/admission.ts';
import { closeByHand, openByHand, setDeadline } from './group/by-hand.ts';
import { giveBackClaim, renewClaim, spendClaim, takeClaim } from './group/claims.ts';
import { tell } from './group/classroom.ts';
import type { Context } from './group/context.ts';
import { queueOutcome, takeDeliveries } from './group/deliveries.ts';
import { expire, nextDueOf } from './group/expiry.ts';
import { deleteGroup, putGroup } from './group/group.ts';
import { putInvite, redeem, revokeInvite } from './group/invites.ts';
import { join, leave, removeAgent, renew } from './group/members.ts';
import { say, setCursor } from './group/messages.ts';
import { propose } from './group/propose.ts';
import { refuse } from './group/refuse.ts';
import type { Group, State } from './group/state.ts';
import { serverName } from './group/undelivered.ts';
import { waive } from './group/waivers.ts';
import { toWebhooks, type WebhookCommand } from './group/webhooks.ts';
import { advance } from './log-time.ts';
import type { Event, Result } from './result.ts';
import { outcomeBody } from './view/webhook.ts';

/** What one entry came to. */
export interface Applied {
  /** One for each command of the entry, in order. */
  readonly results: readonly Result[];
  readonly events: readonly Event[];
  /** Names of the groups whose records the entry changed, made or removed. */
  readonly changed: ReadonlySet<string>;
  /** Names of the groups whose stream has got items, or of which a message is pending no longer; also of those that are gone. */
  readonly streamed: ReadonlySet<string>;
  /** The groups that the entry removed, oldest first: what was theirs can only be asked of them. */
  readonly removed: readonly Group[];
  /** Whether `changed` names them all: not while a restored checkpoint holds groups as of a later entry than this one. */
  readonly whole: boolean;
}

/**
 * Called after each command, before the next: the only moment at which the state is as the command left it. `place` is that
 * of the command in its entry, from 0. Must not throw.
 */
export type OnResult = (place: number, result: Result) => void;

const ignore: OnResult = () => {};

/**
 * The one function everything else serves: the log's next entry in, results and events out. [Q1.2]
 *
 * Pure but for the state it is given, which it changes: no clock, no randomness, no I/O. The same entries in the same order
 * give the same state, results and events, on every server and at every replay. A refusal is a result. It throws on a bug,
 * or on a log that this version does not understand, and then the server must stop. [Q1.4] [Q1.5]
 */
export function apply(state: State, entry: Entry, index: number, onResult: OnResult = ignore): Applied {
  if (!(entry.version >= 1 && entry.version <= state.version)) {
    const known = `this server understands ${entryVersion}, active is ${state.version}`;
    const Kind = entry.version > entryVersion ? Newer : Error;
    throw new Kind(`entry ${index} has version ${entry.version}, ${known}`);
  }
  if (index !== state.index + 1) throw new Error(`entry ${index} came after entry ${state.index}`);
  advance(state, entry);
  state.index = index;
  const whole = state.ahead.size === 0;
  const events: Event[] = [];
  const changed = new Set<string>();
  const streamed = new Set<string>();
  const removed: Group[] = [];
  const { seed } = entry;
  const to = { events, changed, streamed, removed, ended: [] };
  const context: Context = { state, index, now: state.time, seed, ...to };
  const results = entry.commands.map((command, place) => {
    const result = run(context, command);
    onResult(place, result);
    return result;
  });
  return { results, events, changed, streamed, removed, whole };
}

type GroupCommand = Extract<Command, { readonly group: string }> | WebhookCommand;
type ServerCommand = Extract<Command, { readonly type: 'take-deliveries' }> | WebhookCommand;

function run(context: Context, command: Command): Result {
  raiseFloor(context.state, command);
  if (command.type === 'tick') return tick(context);
  if (command.type === 'activate') return activate(context, command.version);
  if (command.type === 'take-deliveries') return toServer(context, command);
  const { group: name } = command;
  if (name === null) return toServer(context, command as WebhookCommand);
  if (isAhead(context.state, name)) return { ok: true, did: 'skipped' };
  // What has run out by now is over before the command is looked at, whoever notices it first. [Q7.2]
  letRunOut(context, name);
  const result = toGroup(context, context.state.groups.get(name), command);
  tellOfEnded(context);
  setDue(context.state, name);
  return result;
}

/** Does what a command asks of the server as a whole. */
function toServer(context: Context, command: ServerCommand): Result {
  const { state } = context;
  // Who delivers is looked at by the commands of groups: it is never ahead of them.
  if (command.type === 'take-deliveries') return takeDeliveries(context, command);
  if (isAhead(state, serverName)) return { ok: true, did: 'skipped' };
  const result = toWebhooks(context, null, command);
  state.undelivered.set(serverName, state.webhooks.next);
  return result;
}

/** Does what a command asks of one group, if it exists; everything in it that has run out has taken effect. */
function toGroup(context: Context, group: Group | undefined, command: GroupCommand): Result {
  if (command.type === 'put-group') return putGroup(context, group, command);
  if (group === undefined) return refuse('group-not-found', `there is no group ${command.group}`);
  switch (command.type) {
    case 'delete-group':
      return deleteGroup(context, group, command.ifRevision);
    case 'propose':
      return propose(context, group, command);
    case 'tell':
      return tell(context, group, command);
    case 'open-round':
      return openByHand(context, group, command);
    case 'close-round':
      return closeByHand(context, group, command);
    case 'set-deadline':
      return setDeadline(context, group, command);
    case 'waive':
      return waive(context, group, command);
    case 'join':
      return join(context, group, command);
    case 'renew':
      return renew(context, group, command);
    case 'leave':
      return leave(context, group, command);
    case 'remove-agent':
      return removeAgent(context, group, command);
    case 'put-keys':
      return putKeys(context, group, command);
    case 'put-invite':
      return putInvite(context, group, command);
    case 'redeem':
      return redeem(context, group, command);
    case 'revoke-invite':
      return revokeInvite(context, group, command);
    case 'say':
      return say(context, group, command);
    case 'set-cursor':
      return setCursor(context, group, command);
    case 'claim':
      return takeClaim(context, group, command);
    case 'renew-claim':
      return renewClaim(context, group, command);
    case 'spend-claim':
      return spendClaim(context, group, command);
    case 'give-back-claim':
      return giveBackClaim(context, group, command);
    case 'put-webhook':
    case 'delete-webhook':
    case 'test-webhook':
    case 'replay-delivery':
    case 'delivered':
    case 'delivery-failed':
      return toWebhooks(context, group, command);
    default:
      return unknown(command);
  }
}

/**
 * No command moves the revision of a group by more than this. A command, or a tick, ends at most one round by the clock
 * (2) and then makes at most 3 changes; a join lets its agent lapse later, which ends at most two rounds (5), and a claim runs out later (1).
 */
export const changesPerCommand = 16;

/**
 * After a delete, new groups begin above every revision that there can have been, so that no old cursor or ETag fits a group
 * made again under the name, though nothing is kept of the old one. The floor follows from the log alone, not from the
 * group: so it is the same for a replay that skips the commands of groups which are ahead. [Q3.15]
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
function tick(context: Context): Result {
  const { due } = context.state;
  const names: string[] = [];
  for (; due.next <= context.now; due.delete(due.first as string)) names.push(due.first as string);
  // None is ahead here: what would run out at a position that its record has seen has run out in it.
  for (const name of names.sort()) {
    letRunOut(context, name);
    setDue(context.state, name);
  }
  return { ok: true, did: 'ticked' };
}

function letRunOut(context: Context, name: string): void {
  const group = context.state.groups.get(name);
  if (group !== undefined) expire(context, group);
  tellOfEnded(context);
}

/** Lets the webhooks there are at this moment know of the rounds that have just ended. [Q11.4] */
function tellOfEnded(context: Context): void {
  const { state, ended } = context;
  for (const { group, outcome } of ended.splice(0)) {
    const body = outcomeBody(group, outcome);
    queueOutcome(context, group.webhooks, group, outcome, body);
    if (isAhead(state, serverName)) continue;
    queueOutcome(context, state.webhooks, group, outcome, body);
    state.undelivered.set(serverName, state.webhooks.next);
  }
}

/** Notes when something in the group runs out next, so that a tick looks at it then and not before. */
function setDue({ due, undelivered, groups }: State, name: string): void {
  const group = groups.get(name);
  due.set(name, group === undefined ? Infinity : nextDueOf(group));
  undelivered.set(name, group?.webhooks.next ?? Infinity);
}

/** Begins the behaviour of a version, at one index for all; a server that does not understand it must stop here. [Q1.11] */
function activate({ state, index }: Context, version: number): Result {
  if (version > entryVersion) {
    const known = `this server understands ${entryVersion}: update it`;
    throw new Newer(`entry ${index} activates version ${version} of the log, ${known}`);
  }
  if (version < state.version)
    return refuse(
      'revision-mismatch',
      `version ${state.version} of the log is active, not before ${version}`,
    );
  state.version = version;
  return { ok: true, did: 'activated', version };
}

/** Whether the restored checkpoint already holds what this entry does to this group; nobody waits for the answer then. */
function isAhead(state: State, group: string): boolean {
  const position = state.ahead.get(group);
  if (position === undefined) return false;
  if (position >= state.index) return true;
  state.ahead.delete(group);
  return false;
}

function unknown(command: never): never {
  throw new Error(`this server does not know the command ${JSON.stringify(command).slice(0, 80)}`);
}
