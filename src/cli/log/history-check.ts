import type { Finding } from './finding.ts';
import type { CallRecord, ResponseRecord, RoundSeen } from './history.ts';
import { checkTranscripts, type HeardRecord } from './transcripts.ts';

type Numbered = CallRecord & { readonly line: number };
type Heard = HeardRecord & { readonly line: number };
type Answered = Numbered & { readonly response: ResponseRecord; readonly completedAt: number };

/**
 * The contradictions in order of line; none when the history is linearizable in the order of its indexes, and all readers of a stream
 * were shown one order.
 */
export function checkHistory(records: readonly (Numbered | Heard)[]): Finding[] {
  const heard = records.filter((one): one is Heard => 'item' in one);
  const calls = records.filter((one): one is Numbered => !('item' in one));
  const answered = calls.filter((one): one is Answered => one.response !== null && one.completedAt !== null);
  const again = sentAgain(calls);
  const findings = [
    ...realTime(answered.filter((call) => !again.has(call))),
    ...agreement(answered),
    ...order(answered),
    ...oneProposal(answered),
    ...checkTranscripts(heard, answered.filter(isMessage)),
  ];
  return findings.sort((a, b) => a.lines[1] - b.lines[1]);
}

/** Whether a call sent a message, and the answer names its place. */
function isMessage(call: Answered): call is Answered & { readonly response: { readonly offset: number } } {
  return call.op === 'say' && call.response.offset !== undefined && call.response.code === undefined;
}

/** Messages that were sent again: the answer may name the index of the first try, as old as that is. */
function sentAgain(calls: readonly Numbered[]): ReadonlySet<Numbered> {
  const keys = new Set<string>();
  return new Set(
    calls.filter(({ op, process, group, key }) => {
      if (op !== 'say' || key === undefined) return false;
      const message = JSON.stringify([process, group, key]);
      const isAgain = keys.has(message);
      keys.add(message);
      return isAgain;
    }),
  );
}

/** Finds calls whose index is below that of a call which ended before they began. */
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

/** Finds closed rounds that were shown with different outcomes. */
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
 * Finds rounds that go back: in the order of the index a revision never falls, a closed round stays closed, and all reads
 * at one index show the same state. Proposals may differ at one index, because each is answered with the state right after
 * it and one entry can hold many. When a group was created again, its round opened later and has greater revisions. [Q3.15]
 */
function order(answered: readonly Answered[]): Finding[] {
  const seen = new Map<string, RoundSeen & { readonly index: number; readonly call: Answered }>();
  const findings: Finding[] = [];
  const shows = answered.flatMap((call) => {
    const shown = roundIn(call.response);
    return shown === null ? [] : [{ ...shown, call, index: call.response.index }];
  });
  // A group can be deleted and created again within one entry.
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

/** When the round opened; NaN, which compares as false, when the record does not say. */
function openingOf({ openedAt = '' }: RoundSeen): number {
  return Date.parse(openedAt);
}

/** Finds agents with two acknowledged values in one round, unless a `seq` shows that they changed their value. */
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
      const text = `in round ${round} of ${group} both ${JSON.stringify(earlier.value)} and ${JSON.stringify(value)} were acknowledged to ${agent}`;
      findings.push({ check: 'one-proposal', lines: [earlier.line, line], text });
    }
  }
  return findings;
}
