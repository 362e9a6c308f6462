import { impostor, touch } from './agents.ts';
import { nextSeat } from './classroom.ts';
import { isComparable } from './equality.ts';
import { remindBy, type Scene, settle, step } from './group.ts';
import { limits } from './limits.ts';
import { enter, nextTimer } from './round.ts';
import { drop, type Group, type KeyedProposal, type Round, withEntry } from './state.ts';
import type { Command, Proposal, Refusal, RefusalCode, Result } from './types.ts';

type Propose = Extract<Command, { type: 'propose' }>;

/** Takes one proposal: everything is checked before anything is written. [Q3.2] [Q3.3] */
export function propose(scene: Scene, group: Group, command: Propose): Result {
  // First of all: whoever may not speak for the agent must not learn from a key what it has proposed either.
  const wrong = command.agent === null ? null : speaker(group, command.agent, command.tokenHash);
  if (wrong !== null) return wrong;
  const used = command.key === null ? undefined : group.keys.get(command.key);
  if (used !== undefined) return answerAgain(scene, group, used, command);
  const named = command.round ?? group.round;
  if (group.open === null || named !== group.open.number)
    return notTheOpenRound(scene, group, named, command);
  const round = group.open;
  const agent = command.agent ?? nextSeat(round);
  const earlier = round.proposals.get(agent);
  if (earlier !== undefined) return second(scene, group, round, earlier, command);
  const barred = barrier(round, agent, command);
  if (barred !== null) return barred;

  enter(round, { agent, value: command.value, seq: command.seq }, scene.now);
  if (command.agent === null) round.seats += 1;
  else group.lastRound = withEntry(group.lastRound, agent, round.number);
  if (command.key !== null) {
    if (group.keys.size >= limits.keysKept) drop(group.keys, group.keys.keys().next().value as string);
    const use = { round: round.number, agent, value: command.value };
    group.keys = withEntry(group.keys, command.key, use);
  }
  return counted(scene, group, round, agent, 'proposed');
}

/** What every counted proposal brings about: the lease is renewed, the timers set, the round looked at. */
function counted(
  scene: Scene,
  group: Group,
  round: Round,
  agent: string,
  did: 'proposed' | 'changed',
): Result {
  renewed(scene, group, agent);
  step(scene, group, 'proposed', round.number, agent);
  remindBy(scene, group, nextTimer(round));
  settle(scene, group);
  return { ok: true, did, round: round.number, agent };
}

/** A retry is answered as the first time; it shows that its agent is alive. [Q5.1] */
function repeated(scene: Scene, group: Group, round: number, agent: string): Result {
  renewed(scene, group, agent);
  return { ok: true, did: 'repeated', round, agent };
}

function renewed(scene: Scene, group: Group, agent: string): void {
  const member = group.members.get(agent);
  if (member?.live === true) touch(scene, group, member);
}

/** The same key again is the same request again: its first answer stands, or it was another request. [Q3.6] */
function answerAgain(scene: Scene, group: Group, used: KeyedProposal, command: Propose): Result {
  const same =
    used.value === command.value &&
    (command.agent === null || command.agent === used.agent) &&
    (command.round === null || command.round === used.round);
  if (same) return repeated(scene, group, used.round, used.agent);
  return refuse('key-reused', 'this Idempotency-Key came with another request before', used.round);
}

/** Why this agent may not speak at all, whatever the round. */
function speaker(group: Group, agent: string, tokenHash: string | null): Refusal | null {
  const wrong = impostor(group, agent, tokenHash);
  if (wrong !== null) return wrong;
  const member = group.members.get(agent);
  if (member?.live === true && member.role === 'observer') {
    return refuse('not-a-voter', `agent ${agent} joined as an observer`);
  }
  return null;
}

/** A proposal for a closed round is a late retry if it is the one counted there; otherwise it is too late. [Q3.2] */
function notTheOpenRound(scene: Scene, group: Group, named: number, command: Propose): Result {
  if (command.round === null) return noOpenRound(group);
  if (named > group.round || (group.open !== null && named > group.open.number)) {
    return refuse(
      'round-not-open',
      `round ${named} is not open yet: the latest is ${group.round}`,
      group.round,
    );
  }
  const outcome = group.closed.get(named);
  const mine = command.agent === null ? undefined : outcome?.proposals.get(command.agent);
  if (
    mine !== undefined &&
    mine.value === command.value &&
    (command.seq === null || command.seq === mine.seq)
  ) {
    return repeated(scene, group, named, mine.agent);
  }
  return refuse('round-closed', `round ${named} is closed`, named);
}

function noOpenRound(group: Group): Refusal {
  if (group.status === 'exhausted')
    return refuse('group-exhausted', `group ${group.name} has used up its rounds`, group.round);
  const why = group.status === 'decided' ? 'has decided' : 'waits for its next round to be asked for';
  return refuse('no-open-round', `group ${group.name} ${why}`, group.round);
}

/** A second proposal by the same agent: a repeat, a change of mind where the rule allows one, or refused. [Q3.3] */
function second(scene: Scene, group: Group, round: Round, earlier: Proposal, command: Propose): Result {
  const agent = earlier.agent;
  const sameSeq = command.seq === null || command.seq === earlier.seq;
  if (earlier.value === command.value && sameSeq) return repeated(scene, group, round.number, agent);
  if (!round.rule.revote) {
    return refuse(
      'already-proposed',
      `agent ${agent} has proposed another value in round ${round.number}: the first stands`,
      round.number,
    );
  }
  if (command.seq !== null && command.seq <= (earlier.seq ?? -1)) {
    return refuse(
      'stale-seq',
      `a later proposal of agent ${agent} is already counted: seq must grow`,
      round.number,
    );
  }
  const barred = incomparable(round, command);
  if (barred !== null) return barred;
  enter(round, { agent, value: command.value, seq: command.seq ?? (earlier.seq ?? 0) + 1 }, scene.now);
  return counted(scene, group, round, agent, 'changed');
}

/** Why this agent's first proposal cannot be counted in this round, or null. [Q3.9] */
function barrier(round: Round, agent: string, command: Propose): Refusal | null {
  if (round.electors === null) {
    if (round.eligible === 0)
      return refuse('electorate-incomplete', 'the round still waits for agents to join', round.number);
    if (round.proposals.size >= round.eligible) {
      return refuse(
        'round-full',
        `all ${round.eligible} proposals of round ${round.number} are in`,
        round.number,
      );
    }
  } else if (!round.electors.has(agent)) {
    return refuse(
      'not-eligible',
      `agent ${agent} is not in the electorate of round ${round.number}`,
      round.number,
    );
  }
  return incomparable(round, command);
}

function incomparable(round: Round, command: Propose): Refusal | null {
  if (command.value === null || isComparable(round.rule.equality, command.value)) return null;
  return refuse('not-a-number', 'this group compares numbers within a tolerance', round.number);
}

function refuse(code: RefusalCode, detail: string, round?: number): Refusal {
  return round === undefined ? { ok: false, code, detail } : { ok: false, code, detail, round };
}
