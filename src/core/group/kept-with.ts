import { limits } from '../limits.ts';
import type { Refusal } from '../result.ts';
import type { Proposal, Replaced } from '../types.ts';
import { refuse } from './refuse.ts';
import type { Round } from './state.ts';

/** What a round keeps with a proposal for those who read it later, and never compares: its note, the agent's changes of mind. */

/** The characters that a note may have in this round. It depends on nothing that is hidden. [Q4.42] */
function noteLimit({ electors, eligible }: Round): number {
  return Math.min(limits.noteLength, Math.floor(limits.notesLength / (electors?.size ?? eligible)));
}

/** The refusal of a note that is too long for this round, or null. */
export function noteRefusal(round: Round, note: string | undefined): Refusal | null {
  const most = noteLimit(round);
  if (note === undefined || note.length <= most) return null;
  const detail = `the note has ${note.length} characters: in this round it may have ${most}`;
  return refuse('note-too-long', detail, round.number);
}

/** The note as the round keeps it: not where it could never be shown. */
export function noteKept({ rule }: Round, note: string | undefined): Pick<Proposal, 'note'> {
  return note === undefined || rule.reveal === 'never' ? {} : { note };
}

/** The changes of mind of an agent that replaces this proposal. [Q5.17] */
export function changesAfter(round: Round, { after, index, seq, value, changes = [] }: Proposal): Replaced[] {
  const fits = (value ?? '').length <= noteLimit(round);
  const shown = round.rule.reveal === 'live' && fits ? { value } : {};
  return [...changes, { after, index, seq, ...shown }].slice(-limits.changesKept);
}

/** How many characters the values and notes of a proposal have. [Q3.7] */
export function charactersIn({ value, note, changes }: Proposal): number {
  let sum = (value?.length ?? 0) + (note?.length ?? 0);
  if (changes !== undefined) for (const one of changes) sum += one.value?.length ?? 0;
  return sum;
}

/** How many characters the values and notes of all these proposals have. */
export function charactersOf(proposals: ReadonlyMap<string, Proposal>): number {
  let sum = 0;
  for (const proposal of proposals.values()) sum += charactersIn(proposal);
  return sum;
}
