import type { CallRecord as Recorded } from '../../client/record.ts';
import type { Json } from '../../core/types.ts';

/**
 * Whether a recorded client history can be true: the calls of any number of processes, put in the one order that the
 * `index` in each response claims. What needs no search takes one pass. The format is described in
 * docs/history-format.md.
 */
export interface CallRecord extends Omit<Recorded, 'response' | 'seq'> {
  /** The body of the answer, also of a refusal; null when none came, or one without an index. */
  readonly response: ResponseRecord | null;
}

export interface ResponseRecord {
  readonly index: number;
  readonly revision?: number;
  /** The number of the round shown, or, in a refusal, the round itself. */
  readonly round?: number | RoundSeen;
  readonly state?: string;
  readonly value?: Json;
  /** Tells a round from one of the same number in a group that was made again under the name. */
  readonly openedAt?: string;
  /** Of a refusal. */
  readonly code?: string;
}

interface RoundSeen {
  readonly round: number;
  readonly state: string;
  readonly revision: number;
  readonly value?: Json;
  readonly openedAt?: string;
}

export type CheckName = 'real-time' | 'agreement' | 'order' | 'one-proposal';

export interface Finding {
  readonly check: CheckName;
  /** Lines of the two records that cannot both be true, from 1. */
  readonly lines: readonly [number, number];
  readonly text: string;
}

/** A line that is no record; the message names the line. */
export class UnreadableHistory extends Error {
  override readonly name = 'UnreadableHistory';
}

/** Reads JSON lines; empty ones are passed over. Throws `UnreadableHistory`. */
export function readHistory(text: string): (CallRecord & { readonly line: number })[] {
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [{ ...recordIn(line, i + 1), line: i + 1 }]));
}

function recordIn(text: string, line: number): CallRecord {
  let said: Partial<CallRecord> | null;
  try {
    said = JSON.parse(text) as Partial<CallRecord> | null;
  } catch {
    throw new UnreadableHistory(`line ${line} is not JSON`);
  }
  if (said === null || typeof said !== 'object') throw new UnreadableHistory(`line ${line} is no object`);
  const { process, invokedAt, completedAt, op, group, response } = said;
  const wrong = (field: string): never => {
    throw new UnreadableHistory(`line ${line}: ${field} is missing or of the wrong kind`);
  };
  if (typeof process !== 'string') return wrong('process');
  if (typeof invokedAt !== 'number') return wrong('invokedAt');
  if (completedAt !== null && typeof completedAt !== 'number') return wrong('completedAt');
  if (completedAt !== null && completedAt < invokedAt)
    throw new UnreadableHistory(`line ${line}: it was completed before it was invoked`);
  if (typeof op !== 'string') return wrong('op');
  if (typeof group !== 'string') return wrong('group');
  if (response !== null && typeof response?.index !== 'number') return wrong('response.index');
  return { ...said, round: said.round ?? null, agent: said.agent ?? null } as CallRecord;
}

type Numbered = CallRecord & { readonly line: number };
type Answered = Numbered & { readonly response: ResponseRecord; readonly completedAt: number };

/** What cannot be true, in order of line; empty when the history is linearizable by its own indexes. */
export function checkHistory(records: readonly Numbered[]): Finding[] {
  const answered = records.filter(
    (one): one is Answered => one.response !== null && one.completedAt !== null,
  );
  const findings = [
    ...realTime(answered),
    ...agreement(answered),
    ...order(answered),
    ...oneProposal(answered),
  ];
  return findings.sort((a, b) => a.lines[1] - b.lines[1]);
}

/** A call that began after another had ended is not placed before it. */
function realTime(answered: readonly Answered[]): Finding[] {
  const findings: Finding[] = [];
  const ends = [...answered].sort((a, b) => a.completedAt - b.completedAt);
  let latest: Answered | null = null;
  let next = 0;
  for (const call of [...answered].sort((a, b) => a.invokedAt - b.invokedAt)) {
    for (; next < ends.length; next += 1) {
      const ended = ends[next] as Answered;
      if (ended.completedAt >= call.invokedAt) break;
      if (latest === null || ended.response.index > latest.response.index) latest = ended;
    }
    if (latest === null || call.response.index >= latest.response.index) continue;
    const text = `${call.process} began after ${latest.process} had ended at index ${latest.response.index}, and was answered at ${call.response.index}`;
    findings.push({ check: 'real-time', lines: [latest.line, call.line], text });
  }
  return findings;
}

/** All who saw a round closed saw it closed alike. */
function agreement(answered: readonly Answered[]): Finding[] {
  const outcomes = new Map<string, { readonly line: number; readonly text: string }>();
  const findings: Finding[] = [];
  for (const { group, response, line } of answered) {
    const shown = roundIn(response);
    if (shown === null || shown.state === 'WAITING') continue;
    const { round, state, value = null, revision, openedAt = null } = shown;
    const key = JSON.stringify([group, round, openedAt]);
    const text = `${state} ${JSON.stringify(value)} at revision ${revision}`;
    const first = outcomes.get(key);
    if (first === undefined) outcomes.set(key, { line, text });
    else if (first.text !== text)
      findings.push({
        check: 'agreement',
        lines: [first.line, line],
        text: `round ${round} of ${group} ended as ${first.text} and as ${text}`,
      });
  }
  return findings;
}

function roundIn({ round, state, revision, ...rest }: ResponseRecord): RoundSeen | null {
  if (typeof round === 'object') return round;
  if (round === undefined || state === undefined || revision === undefined) return null;
  return { ...rest, round, state, revision };
}

/**
 * Along the index a round's revision never falls, a closed one stays closed, and all who read at one index see one state.
 * A proposal is answered with the state right after it, to which others may have been added at the same index. The round
 * of a group that was made again opened later, and all its revisions are above those before. [Q3.15]
 */
function order(answered: readonly Answered[]): Finding[] {
  const seen = new Map<string, RoundSeen & { readonly index: number; readonly call: Answered }>();
  const findings: Finding[] = [];
  const shows = answered.flatMap((call) => {
    const shown = roundIn(call.response);
    return shown === null ? [] : [{ ...shown, call, index: call.response.index }];
  });
  // A group can go and come again within one entry.
  shows.sort((a, b) => a.index - b.index || openingOf(a) - openingOf(b) || a.revision - b.revision);
  for (const shown of shows) {
    const { call, index, round, state, revision } = shown;
    const key = JSON.stringify([call.group, round]);
    const was = seen.get(key);
    seen.set(key, shown);
    if (was === undefined || (openingOf(shown) > openingOf(was) && revision > was.revision)) continue;
    const back =
      openingOf(shown) < openingOf(was) ||
      revision < was.revision ||
      (state === 'WAITING' && was.state !== 'WAITING');
    const more = revision !== was.revision && was.call.op === 'read';
    const two = index === was.index && (more || (revision === was.revision && state !== was.state));
    if (!back && !two) continue;
    const text = `round ${round} of ${call.group} is ${was.state} at revision ${was.revision} and index ${was.index}, and ${state} at revision ${revision} and index ${index}`;
    findings.push({ check: 'order', lines: [was.call.line, call.line], text });
  }
  return findings;
}

/** NaN, which is neither before nor after anything, where it is not told. */
function openingOf({ openedAt = '' }: RoundSeen): number {
  return Date.parse(openedAt);
}

/** One value of an agent is acknowledged in a round, unless the calls say by `seq` that it changed its mind. */
function oneProposal(answered: readonly Answered[]): Finding[] {
  const first = new Map<string, Numbered>();
  const findings: Finding[] = [];
  for (const call of answered) {
    const { op, group, agent, value, response, line } = call;
    const round = typeof response.round === 'number' ? response.round : call.round;
    const revoted = (call as { readonly seq?: unknown }).seq !== undefined;
    if (op !== 'propose' || agent === null || round === null || value === undefined || revoted) continue;
    if (response.code !== undefined) continue;
    const key = JSON.stringify([group, round, response.openedAt ?? null, agent]);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, call);
    else if (JSON.stringify(earlier.value) !== JSON.stringify(value)) {
      const text = `${agent} was told in round ${round} of ${group} that ${JSON.stringify(earlier.value)} counts, and that ${JSON.stringify(value)} does`;
      findings.push({ check: 'one-proposal', lines: [earlier.line, line], text });
    }
  }
  return findings;
}
