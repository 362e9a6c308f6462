import { limits } from '../limits.ts';
import { draw } from '../tally/count.ts';
import type { Event, Outcome, OutcomeReason, Settings } from '../types.ts';
import { noKeys } from './keys.ts';
import { noLeases } from './leases.ts';
import {
  type Closing,
  closeNow,
  eligibleNow,
  gather,
  gatherAgain,
  judge,
  nextTimer,
  nobodyIsLeft,
  openRound,
  ring,
  verdictOf,
} from './round.ts';
import {
  drop,
  emptyMap,
  emptySet,
  type Group,
  type Member,
  type Round,
  type State,
  withItem,
  withRound,
} from './state.ts';

/** A group's life: rounds follow each other, leases run out. Every visible change is one step of its revision. */

/** Where one command happens: the state, the log time, the entry's position and randomness, and the events it makes. */
export interface Scene {
  readonly state: State;
  readonly index: number;
  readonly now: number;
  readonly seed: number;
  readonly events: Event[];
  /** Names of the groups whose record the entry changed, made or removed. */
  readonly changed: Set<string>;
}

/** Hashes of the keys of a group that admits by key; both null for an open one. */
export interface GroupKeys {
  readonly joinKeyHash: string | null;
  readonly observerKeyHash: string | null;
}

export function createGroup(scene: Scene, name: string, settings: Settings, keys: GroupKeys): Group {
  const group: Group = {
    name,
    settings: scene.state.shared.settings(settings),
    joinKeyHash: keys.joinKeyHash,
    observerKeyHash: keys.observerKeyHash,
    createdAt: scene.now,
    revision: scene.state.revisionFloor,
    position: scene.index,
    status: 'idle',
    open: null,
    round: 0,
    closed: emptyMap(),
    kept: 0,
    members: emptyMap(),
    holders: emptyMap(),
    lastRound: emptyMap(),
    told: emptySet(),
    toldOwn: emptySet(),
    anonymousRound: 0,
    leases: noLeases,
    keys: noKeys,
    idleSince: null,
  };
  scene.state.groups.set(name, group);
  step(scene, group, 'group-created', null, null);
  openNext(scene, group);
  return group;
}

/** Counts one visible change and tells of it. */
export function step(
  scene: Scene,
  group: Group,
  type: Event['type'],
  round: number | null,
  agent: string | null,
): void {
  group.revision += 1;
  mark(scene, group);
  noteChange(scene, group);
  scene.events.push({
    group: group.name,
    revision: group.revision,
    index: scene.index,
    time: scene.now,
    type,
    round,
    agent,
  });
}

/** Nothing makes a group idle but a change; so this is when to look whether it has become so. */
function noteChange(scene: Scene, group: Group): void {
  const idle = group.settings.retention?.idle ?? null;
  group.idleSince = idle === null ? null : scene.now;
}

/** Notes that this entry changes the group's record. Whatever writes to a group calls it, visible or not. */
export function mark(scene: Scene, group: Group): void {
  group.position = scene.index;
  scene.changed.add(group.name);
}

/** Opens the next round at this very moment: nobody has to have read anything. [Q3.1] */
export function openNext(scene: Scene, group: Group): void {
  group.round += 1;
  group.status = 'open';
  group.open = openRound({
    number: group.round,
    rule: group.settings.rule,
    subjectHash: group.settings.subjectHash,
    seed: draw((scene.seed + group.round) >>> 0, 2 ** 31),
    now: scene.now,
    electors: scene.state.shared.electors(group.settings.rule),
    group,
  });
  step(scene, group, 'round-opened', group.round, null);
}

/** Ends the open round if what has been proposed ends it. */
export function settle(scene: Scene, group: Group): void {
  const closing = group.open === null ? null : judge(group.open, scene.now);
  if (closing !== null) closeRound(scene, group, closing);
}

/** Ends the open round, which there must be, with those present, for a reason of its own. */
export function closeByHand(scene: Scene, group: Group, reason: OutcomeReason): void {
  closeRound(scene, group, closeNow(group.open as Round, reason));
}

/** Ends the open round with nothing decided. */
export function abandon(scene: Scene, group: Group, reason: OutcomeReason): void {
  if (group.open !== null) closeRound(scene, group, { state: 'FAILED', reason, value: null });
}

/** Writes the outcome, once, and lets the group go on as its rule says. [Q3.4] [Q4.19] */
function closeRound(scene: Scene, group: Group, closing: Closing): void {
  const round = group.open as Round;
  group.open = null;
  group.status = 'idle';
  step(scene, group, 'round-closed', round.number, null);
  keep(group, outcomeOf(round, closing, scene, group.revision));
  group.told = emptySet();
  const { next, maxRounds } = round.rule;
  if (closing.state === 'SUCCESS' && next === 'until-success') group.status = 'decided';
  else if (maxRounds !== null && group.round >= maxRounds) group.status = 'exhausted';
  else if (next !== 'manual' && closing.reason !== 'group-deleted') openNext(scene, group);
}

function outcomeOf(round: Round, closing: Closing, scene: Scene, revision: number): Outcome {
  return {
    round: round.number,
    state: closing.state,
    reason: closing.reason,
    value: closing.value,
    rule: round.rule,
    verdict: verdictOf(round, closing.reason),
    proposals: round.proposals,
    electors: round.electors,
    eligible: eligibleNow(round).count,
    openedAt: round.openedAt,
    closedAt: scene.now,
    revision,
    index: scene.index,
    seed: round.seed,
    subjectHash: round.subjectHash,
    seats: closing.reason === 'rule-changed' ? 0 : round.seats,
  };
}

/** Files an outcome and drops the oldest beyond the bound, always keeping the latest. [Q3.7] */
function keep(group: Group, outcome: Outcome): void {
  const most = group.settings.retention?.rounds ?? limits.roundsKept;
  group.closed = withRound(group.closed, outcome.round, outcome);
  group.kept += outcome.proposals.size;
  for (const [number, oldest] of group.closed) {
    const over = group.closed.size > most || group.kept > limits.proposalsKept;
    if (!over || number === outcome.round) break;
    drop(group.closed, number);
    group.kept -= oldest.proposals.size;
    for (const agent of oldest.proposals.keys()) {
      group.keys.forget(number, agent);
      if (group.lastRound.get(agent) !== number) continue;
      drop(group.lastRound, agent);
      drop(group.toldOwn, agent);
    }
  }
}

/** When it has been idle for so long that it is removed; Infinity while somebody uses it. [Q3.17] */
function idleAt({ settings, idleSince, open, leases }: Group): number {
  const idle = settings.retention?.idle ?? null;
  if (idle === null || idleSince === null || (open !== null && open.proposals.size > 0)) return Infinity;
  return leases.size > 0 ? Infinity : idleSince + idle;
}

/** Ends the group: its open round first, and all it kept with it. [Q3.15] */
export function removeGroup(scene: Scene, group: Group): void {
  abandon(scene, group, 'group-deleted');
  step(scene, group, 'group-deleted', null, null);
  scene.state.groups.delete(group.name);
}

/** When the next of a group's timers and leases runs out, the group itself included; Infinity for never. */
export function nextDueOf(group: Group): number {
  return Math.min(idleAt(group), timerOf(group), group.leases.next);
}

function timerOf({ open }: Group): number {
  return open === null ? Infinity : nextTimer(open);
}

/** Lets everything that has run out by now take effect, in the order in which it did. [Q7.2] */
export function expire(scene: Scene, group: Group): void {
  for (;;) {
    const timer = timerOf(group);
    if (group.leases.next <= Math.min(timer, scene.now)) endLeases(scene, group, Math.min(timer, scene.now));
    else if (timer <= scene.now) ringAt(scene, group, timer);
    else break;
  }
  if (idleAt(group) <= scene.now) removeGroup(scene, group);
}

/** Ends all leases that have run out by this moment. The round is looked at once for all of them: a look may cost a step for each elector. */
function endLeases(scene: Scene, group: Group, until: number): void {
  const { leases, members } = group;
  while (leases.next <= until)
    markGone(scene, group, members.get(leases.first as string) as Member, 'agent-expired');
  settle(scene, group);
}

/** An agent leaves: its seat in the open round is absent, and the round is looked at again at once. [Q5.6] */
export function depart(scene: Scene, group: Group, member: Member): void {
  markGone(scene, group, member, 'agent-left');
  settle(scene, group);
}

function markGone(scene: Scene, group: Group, member: Member, how: 'agent-left' | 'agent-expired'): void {
  member.live = false;
  group.leases.ended(member);
  if (group.open !== null) miss(scene, group, group.open, member.agent);
  step(scene, group, how, null, member.agent);
}

/** An agent will not propose, as it seems: nobody waits for it. */
function miss(scene: Scene, group: Group, round: Round, agent: string): void {
  if (!round.electors?.has(agent) || round.proposals.has(agent)) return;
  round.absent = withItem(round.absent, agent);
  if (nobodyIsLeft(round)) gatherAgain(round, group, scene.now);
}

/** An agent is there: a live electorate that still gathers may now be complete. */
export function arrive(scene: Scene, group: Group, agent: string, role: Member['role']): void {
  const round = group.open;
  if (round !== null && role === 'voter') drop(round.absent, agent);
  if (round !== null && role === 'observer') miss(scene, group, round, agent);
  step(scene, group, 'agent-joined', null, agent);
  if (round === null) return;
  gather(round, group, scene.now);
  settle(scene, group);
}

/** Does what the open round's timers ask for at this moment of the past. */
function ringAt(scene: Scene, group: Group, at: number): void {
  mark(scene, group);
  const closing = ring(group.open as Round, at);
  if (closing !== null) closeRound(scene, group, closing);
}
