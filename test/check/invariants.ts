import { changesPerCommand } from '../../src/core/apply.ts';
import type { Group, State } from '../../src/core/group/state.ts';
import type { Outcome } from '../../src/core/types.ts';
import { countedValue } from '../judge/sameness.ts';
import { blind } from './blind.ts';
import { everyGroup } from './every-group.ts';
import {
  allAnswer,
  deadlinesHold,
  earlyInTime,
  earlyWasCertain,
  fullRoundsEnd,
  optionsOnly,
  validity,
} from './rounds.ts';
import type { Invariant, Known, Memory, Step } from './step.ts';
import {
  causeFirst,
  cursorsGrow,
  gapless,
  itemsFollowEvents,
  itemsStay,
  knownStream,
  offsetsStayAbove,
  stabilityAddsUp,
  viewsTell,
} from './streams.ts';

/**
 * What must hold whenever one more entry has been applied, each under its own name. Used by the reference model,
 * the exhaustive exploration and the simulator; none of it asks the code under test how it came to its answer.
 */

export function remember(state: State): Memory {
  return new Map(Array.from(state.groups, ([name, group]) => [name, known(group)]));
}

/** Brings up to date what is remembered of these groups. */
export function rememberAgain(memory: Map<string, Known>, state: State, names: Iterable<string>): void {
  for (const name of names) {
    const group = state.groups.get(name);
    if (group === undefined) memory.delete(name);
    else memory.set(name, known(group));
  }
}

function known(group: Group): Known {
  const { createdAt, revision, round, status, open } = group;
  return {
    createdAt,
    revision,
    round,
    status,
    open: open?.number ?? null,
    electors: open?.electors ?? null,
    proposals: new Map([...(open?.proposals ?? [])].map(([agent, { value }]) => [agent, value])),
    outcomes: new Map([...group.closed].map(([number, outcome]) => [number, fingerprint(outcome)])),
    stream: knownStream(group),
  };
}

function fingerprint(outcome: Outcome): string {
  const { state, reason, value, eligible, revision, index, closedAt, openedAt, seats, seed } = outcome;
  const ballots = [...outcome.proposals.values()].map(({ agent, value, seq }) => `${agent}=${value}@${seq}`);
  const electors = outcome.electors === null ? '' : [...outcome.electors].sort().join();
  const numbers = [eligible, revision, index, openedAt, closedAt, seats, seed].join();
  return `${state} ${reason} ${value} ${numbers} [${ballots.sort().join(';')}] [${electors}]`;
}

/** [Q8.1] I1: an outcome, once written, is the same for ever; it may only be dropped, oldest first. */
const agreement: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    for (const [number, text] of known.outcomes) {
      const outcome = group.closed.get(number);
      if (outcome === undefined) {
        const oldest = group.closed.keys().next().value ?? Infinity;
        if (oldest > number) continue;
        return `the outcome of round ${number} is gone`;
      }
      if (fingerprint(outcome) !== text)
        return `the outcome of round ${number} was ${text}, is ${fingerprint(outcome)}`;
    }
    return null;
  });

/** I3: what a round counts is what was answered as counted, one proposal per agent, nothing carried over. */
const oneProposalEach: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    const counted = new Map<number, Map<string, string | null>>();
    if (known.open !== null) counted.set(known.open, new Map(known.proposals));
    step.entry.commands.forEach((command, i) => {
      const result = step.applied.results[i];
      if (command.type !== 'propose' || command.group !== group.name) return;
      if (result?.ok !== true || (result.did !== 'proposed' && result.did !== 'changed')) return;
      const ballots = counted.get(result.round) ?? new Map<string, string | null>();
      if (ballots.has(result.agent) !== (result.did === 'changed'))
        ballots.set(`${result.agent} twice`, command.value);
      ballots.set(result.agent, command.value);
      counted.set(result.round, ballots);
    });
    for (let number = known.open ?? known.round + 1; number <= group.round; number += 1) {
      const round = group.open?.number === number ? group.open : group.closed.get(number);
      if (round === undefined) continue;
      const has = ballotText(new Map([...round.proposals].map(([agent, { value }]) => [agent, value])));
      const { rule } = round;
      const said = [...(counted.get(number) ?? [])];
      const due = ballotText(new Map(said.map(([agent, value]) => [agent, countedValue(rule, value)])));
      if (has !== due) return `round ${number} counts ${has}, answered were ${due}`;
    }
    return null;
  });

function ballotText(ballots: ReadonlyMap<string, string | null>): string {
  return [...ballots]
    .map(([agent, value]) => `${agent}=${value}`)
    .sort()
    .join(';');
}

/** I3: rounds are 1, 2, 3 ... without gaps; at most the last is open. */
const contiguousRounds: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    const { open, round, closed } = group;
    if ((open !== null) !== (group.status === 'open'))
      return `status ${group.status} with${open ? '' : 'out'} an open round`;
    if (open !== null && open.number !== round) return `round ${open.number} is open, the latest is ${round}`;
    if (round < known.round) return `the latest round went from ${known.round} back to ${round}`;
    const last = open === null ? round : round - 1;
    const numbers = [...closed.keys()];
    const first = numbers[0] ?? last + 1;
    const dense = numbers.every((number, i) => number === first + i) && numbers.length === last - first + 1;
    if (!dense) return `closed rounds ${numbers.join()} do not lead up to ${last}`;
    return null;
  });

/** I3: only electors are counted, none who was waived, and no more of them than may be. [Q4.37] */
const electorsOnly: Invariant = (step) =>
  everyGroup(step, (group) => {
    for (const round of [...group.closed.values(), ...(group.open === null ? [] : [group.open])]) {
      const { electors, proposals, rule, waived } = round;
      const outOfIt = [...proposals.keys()].find((agent) => waived.has(agent));
      if (outOfIt !== undefined) return `${outOfIt} is counted and was waived`;
      const stranger = [...proposals.keys()].find((agent) => electors !== null && !electors.has(agent));
      if (stranger !== undefined) return `${stranger} is counted and no elector`;
      if ('size' in rule.electorate && proposals.size > rule.electorate.size)
        return `${proposals.size} proposals among ${rule.electorate.size}`;
    }
    return null;
  });

/** [Q7.2] A live electorate has nobody whose lease is over by the time at which it is frozen. */
const livingElectors: Invariant = (step) =>
  everyGroup(step, ({ name, open, members }, known) => {
    const { time } = step.after;
    if (open === null || !('live' in open.rule.electorate) || open.electors === known.electors) return null;
    // Whoever has proposed since, whether it joined or not, is no longer absent.
    if (open.proposals.size > 0) return null;
    for (const agent of open.electors ?? []) {
      const member = members.get(agent);
      if (member?.live && member.expiresAt > time) continue;
      const left = step.applied.events.some(
        (event) => event.group === name && event.agent === agent && event.type === 'agent-left',
      );
      if (!left && !open.absent.has(agent)) return `round ${open.number} has ${agent}, whose lease is over`;
    }
    return null;
  });

/** Every visible change is one step of the revision, told by one event that carries it. */
const revisionPerEvent: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    const events = step.applied.events.filter((event) => event.group === group.name);
    const most = step.after.commands * changesPerCommand;
    // Else a group made later under this name might come to a revision that this one had.
    if (group.revision > most) return `revision ${group.revision} after ${step.after.commands} commands`;
    const due = events.map((_, i) => known.revision + 1 + i).join();
    const told = events.map(({ revision }) => revision).join();
    if (due !== told) return `revision ${known.revision}, then events ${told}`;
    if (group.revision !== known.revision + events.length)
      return `revision ${known.revision} and ${events.length} events gave ${group.revision}`;
    const astray = events.find(({ index }) => index !== step.index);
    return astray === undefined ? null : `an event of entry ${step.index} says ${astray.index}`;
  });

export const invariants: Readonly<Record<string, Invariant>> = {
  offsetsStayAbove,
  agreement,
  validity,
  earlyWasCertain,
  earlyInTime,
  optionsOnly,
  oneProposalEach,
  contiguousRounds,
  electorsOnly,
  livingElectors,
  fullRoundsEnd,
  allAnswer,
  deadlinesHold,
  revisionPerEvent,
  blind,
  gapless,
  itemsStay,
  causeFirst,
  itemsFollowEvents,
  viewsTell,
  cursorsGrow,
  stabilityAddsUp,
};

/** Those that ask what the state is, not how this step came to it: no need to ask again of a state that came before. */
const ofStates: ReadonlySet<Invariant> = new Set([
  contiguousRounds,
  earlyInTime,
  electorsOnly,
  fullRoundsEnd,
  optionsOnly,
  blind,
  stabilityAddsUp,
]);

/**
 * The first invariant that does not hold after this step, with what is wrong; null when all hold. `knownState`: that
 * the step led to a state which was looked at before.
 */
export function firstViolation(step: Step, knownState = false): string | null {
  for (const [name, holds] of Object.entries(invariants)) {
    if (knownState && ofStates.has(holds)) continue;
    const complaint = holds(step);
    if (complaint !== null) return `${name}: ${complaint}`;
  }
  return null;
}
