import type { Command } from '../entry.ts';
import type { Refusal, Result } from '../result.ts';
import { proposalOf } from '../tally/proposal.ts';
import type { Proposal } from '../types.ts';
import { nextSeat } from './classroom.ts';
import { type Context, markChanged, recordEvent } from './context.ts';
import { forgetSome, isKept, setLastRound } from './forgetting.ts';
import { Keys, type KeyUse, noKeys } from './idempotency-keys.ts';
import { inviteRefusal } from './invites.ts';
import { changesAfter, noteKept, noteRefusal } from './kept-with.ts';
import { shownName, tokenRefusal, touch } from './members.ts';
import { alreadyClosed, exhausted, notYetOpen, refuse } from './refuse.ts';
import { countProposal } from './round.ts';
import { closeIfOver } from './rounds.ts';
import type { Group, Round } from './state.ts';
import { countedIn, valueRefusal } from './value.ts';

type Propose = Extract<Command, { type: 'propose' }>;

/** Takes one proposal: everything is checked before anything is written. [Q3.2] [Q3.3] */
export function propose(context: Context, group: Group, sent: Propose): Result {
  // Before anything else: whoever may not speak for the agent must not learn from a key what it has proposed either.
  const wrong = speakerRefusal(context, group, sent);
  if (wrong !== null) return wrong;
  const used = sent.key === null ? undefined : group.keys.find(sent.agent, sent.key);
  if (used !== undefined && isKept(group, used.round))
    return answerAgain(group, used, countedIn(context, group, used.round, sent));
  const named = sent.round ?? group.round;
  const command = countedIn(context, group, named, sent);
  if (group.open === null || named !== group.open.number)
    return notTheOpenRound(context, group, named, command);
  const round = group.open;
  const agent = command.agent ?? nextSeat(round);
  const earlier = round.proposals.get(agent);
  if (earlier !== undefined) return second(context, group, round, earlier, command);
  const refusal = seatRefusal(round, agent) ?? contentRefusal(context, round, agent, command);
  if (refusal !== null) return refusal;

  countProposal(round, proposalIn(context, group, round, agent, command), context.now);
  if (command.agent === null) {
    round.seats += 1;
    group.anonymousRound = round.number;
  } else {
    setLastRound(group, agent, round.number);
  }
  return counted(context, group, round, agent, command, 'proposed');
}

/** After a proposal was counted: remembers its key, records the event, and closes the round if it is over. */
function counted(
  context: Context,
  group: Group,
  round: Round,
  agent: string,
  command: Propose,
  did: 'proposed' | 'changed',
): Result {
  remember(context, group, round.number, agent, command);
  forgetSome(group);
  recordEvent(context, group, 'proposed', round.number, agent);
  closeIfOver(context, group);
  return { ok: true, did, round: round.number, agent };
}

function remember(
  context: Context,
  group: Group,
  round: number,
  agent: string,
  { key, value }: Propose,
): void {
  if (key === null) return;
  markChanged(context, group);
  if (group.keys === noKeys) group.keys = new Keys();
  group.keys.add({ key, round, agent, value });
}

/** The same key again is the same request again: its first answer stands, or it was another request. [Q3.6] */
function answerAgain(group: Group, used: KeyUse, command: Propose): Result {
  const hidden = hiddenRefusal(group, used.round, used.agent, command);
  if (hidden !== null) return hidden;
  const sameRound = command.round === null || command.round === used.round;
  if (sameRound && used.value === command.value) {
    return { ok: true, did: 'repeated', round: used.round, agent: used.agent };
  }
  return refuse('key-reused', 'this Idempotency-Key came with another request before', used.round);
}

/**
 * The refusal of a caller whose token is not the one that the agent's proposal in this round was made under, while the rule
 * hides it; else null. Without it, whoever took the name after the lease ended could find the value by trying. [Q5.3]
 */
function hiddenRefusal(group: Group, number: number, agent: string, { tokenHash }: Propose): Refusal | null {
  const round = group.open?.number === number ? group.open : group.closed.get(number);
  const proposal = round?.proposals.get(agent);
  if (proposal === undefined || proposal.tokenHash === null || proposal.tokenHash === tokenHash) return null;
  if (round === group.open) {
    const detail = `agent ${agent} has proposed in round ${number} under another token: only that one speaks for it there`;
    return refuse('already-proposed', detail, number);
  }
  return round?.rule.reveal === 'never' ? alreadyClosed(number) : null;
}

/** The refusal of a caller who may not propose as this agent in any round, or null. */
function speakerRefusal(context: Context, group: Group, { agent, tokenHash }: Propose): Refusal | null {
  const byInvite = group.settings.admission === 'invite';
  if (agent === null)
    return byInvite ? refuse('not-invited', `group ${group.name} admits only who is invited`) : null;
  const wrong = tokenRefusal(group, agent, tokenHash);
  if (wrong !== null) return wrong;
  touch(context, group, agent);
  // Agents that had joined before the group admitted by invite stay, and propose no more. [Q5.16]
  const uninvited = byInvite ? inviteRefusal(group, agent, tokenHash) : null;
  if (uninvited !== null) return uninvited;
  const member = group.members.get(agent);
  const [role, how] =
    member?.live === true ? [member.role, 'joined'] : [group.invites.get(agent)?.role, 'is invited'];
  return role === 'observer' ? refuse('not-a-voter', `agent ${agent} ${how} as an observer`) : null;
}

/** A proposal for a closed round is a late retry if it is the one counted there; otherwise it is too late. [Q3.2] */
function notTheOpenRound(context: Context, group: Group, named: number, command: Propose): Result {
  if (command.round === null) return noOpenRound(group);
  if (named > group.round) return notYetOpen(named, group.round);
  const proposals = group.closed.get(named)?.proposals;
  const mine = command.agent === null ? undefined : proposals?.get(command.agent);
  if (mine?.value !== command.value) return alreadyClosed(named);
  const hidden = hiddenRefusal(group, named, mine.agent, command);
  if (hidden !== null) return hidden;
  remember(context, group, named, mine.agent, command);
  return { ok: true, did: 'repeated', round: named, agent: mine.agent };
}

function noOpenRound(group: Group): Refusal {
  if (group.status === 'exhausted') return exhausted(group);
  const why = group.status === 'decided' ? 'has decided' : 'waits for its next round to be asked for';
  return refuse('no-open-round', `group ${group.name} ${why}`, group.round);
}

/** A second proposal by the same agent: a repeat, a change of mind where the rule allows one, or refused. [Q3.3] */
function second(context: Context, group: Group, round: Round, earlier: Proposal, command: Propose): Result {
  const { agent } = earlier;
  const hidden = hiddenRefusal(group, round.number, agent, command);
  if (hidden !== null) return hidden;
  const { revote } = round.rule;
  const grows = command.seq !== null && command.seq > (earlier.seq ?? 0);
  if (earlier.value === command.value && !(revote && grows)) {
    remember(context, group, round.number, agent, command);
    return { ok: true, did: 'repeated', round: round.number, agent };
  }
  if (!revote) {
    const detail = `agent ${agent} has proposed another value in round ${round.number}: the first stands`;
    return refuse('already-proposed', detail, round.number);
  }
  // Without a number that grows, a late retry could not be told from a change of mind.
  if (!grows) {
    const seq = earlier.seq ?? 0;
    const detail = `to change its mind agent ${agent} must send a seq above ${seq}`;
    return { ...refuse('stale-seq', detail, round.number), seq };
  }
  const refusal = contentRefusal(context, round, agent, command);
  if (refusal !== null) return refusal;
  const proposal = proposalIn(context, group, round, agent, command);
  // Servers that know only version 1 remember none, and all servers must have the same state.
  const kept = context.state.version < 2 ? {} : { changes: changesAfter(round, earlier) };
  countProposal(round, { ...proposal, ...kept }, context.now);
  return counted(context, group, round, agent, command, 'changed');
}

function proposalIn(
  { now, index }: Context,
  group: Group,
  round: Round,
  agent: string,
  { value, seq, tokenHash, note }: Propose,
): Proposal {
  const after = now - round.openedAt;
  const proposal = proposalOf(round.rule.equality, agent, value, { seq, tokenHash, after, index });
  const name = shownName(group, agent);
  // Most have neither, and each part of a proposal takes memory.
  if (note === undefined && name === undefined) return proposal;
  return { ...proposal, ...noteKept(round, note), ...(name !== undefined && { name }) };
}

/** The refusal of an agent's first proposal in this round, or null. [Q3.9] */
function seatRefusal(round: Round, agent: string): Refusal | null {
  const waiver = round.waived.get(agent);
  if (waiver !== undefined) {
    const detail = `agent ${agent} has been waived in round ${round.number}: ${waiver.reason}`;
    return refuse('not-eligible', detail, round.number);
  }
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
  return null;
}

/** The refusal of what this agent proposes, or null. */
function contentRefusal(
  context: Context,
  round: Round,
  agent: string,
  { value, note }: Propose,
): Refusal | null {
  return valueRefusal(context, round, agent, value) ?? noteRefusal(round, note);
}
