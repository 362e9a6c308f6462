import { agentName, agentNamed } from './names.ts';
import { runSide, simulate } from './run.ts';
import type { Fate, Lifeline, RunRecord, Verdict } from './types.ts';

export interface Shrunk {
  readonly record: RunRecord;
  /** The records on the way, from the one that says outright what chance did; the last is `record`. */
  readonly steps: readonly RunRecord[];
}

/**
 * A smaller record on which the exercise fails in the same way, and from which nothing can be taken: without any one agent, turn
 * or fate, or with any one number lower by one, it fails so no more, or only after more steps. Null when the exercise does not fail.
 */
export function shrink(record: RunRecord): Shrunk | null {
  let run = runSide(record, 'exercise');
  const failure = run.verdict;
  if (failure.verdict !== 'DEADLOCK' && failure.verdict !== 'WRONG') return null;
  const failsToo = (one: RunRecord): boolean => {
    const other = runSide(one, 'exercise');
    if (other.steps > run.steps || !isSame(other.verdict, failure)) return false;
    run = other;
    return true;
  };
  const steps = [outright(record)];
  for (;;) {
    const smallest = steps.at(-1) as RunRecord;
    const next = firstOf(smallerThan(smallest), failsToo);
    if (next === null) return { record: smallest, steps };
    steps.push(next);
  }
}

/** The same run of the exercise with nothing left to chance. */
function outright(record: RunRecord): RunRecord {
  const { turns, draws, fates } = simulate(record, 'exercise');
  return { ...record, turns, draws, fates, loss: 0, delay: 0, duplication: 0, crash: 0 };
}

/** Smaller records, those first that leave out the most. Each is smaller by agents, then turns, fates, draws, numbers. */
function* smallerThan(record: RunRecord): Generator<RunRecord> {
  const { turns, draws, max } = record as RunRecord & { turns: Lifeline[]; draws: number[][] };
  for (let i = 0; i < record.agents; i += 1) if (record.agents > record.quorum) yield withoutAgent(record, i);
  for (const fewer of shorterThan(turns)) yield { ...record, turns: fewer };
  for (const fewer of shorterThan([...record.fates])) yield { ...record, fates: new Map(fewer) };
  const used = simulate(record, 'exercise').draws;
  const trimmed = draws.map((drawn, i) => drawn.slice(0, used[i]?.length));
  if (trimmed.some((drawn, i) => drawn.length < (draws[i] as number[]).length))
    yield { ...record, draws: trimmed };
  const highest = Math.max(...draws.flat());
  if (highest < max) yield { ...record, max: highest };
  for (const [i, drawn] of draws.entries())
    for (const [k, number] of drawn.entries())
      for (const lower of new Set([1, Math.floor(number / 2), number - 1]))
        if (lower >= 1 && lower < number) yield { ...record, draws: draws.with(i, drawn.with(k, lower)) };
}

/** The list without a part of it: first without a half, at last without a single item. */
function* shorterThan<T>(list: readonly T[]): Generator<T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < list.length; at += size) yield list.toSpliced(at, size);
}

/** The record without this agent; those after it move up, and are named anew. */
function withoutAgent(record: RunRecord, gone: Lifeline): RunRecord {
  const others = (agent: Lifeline): Lifeline[] => (agent === gone ? [] : [agent > gone ? agent - 1 : agent]);
  const fates = [...record.fates].flatMap(([name, fate]): [string, Fate][] =>
    others(agentNamed(name.charAt(0))).map((agent) => [`${agentName(agent)}${name.slice(1)}`, fate]),
  );
  return {
    ...record,
    agents: record.agents - 1,
    turns: record.turns?.flatMap(others) ?? null,
    draws: record.draws?.toSpliced(gone, 1) ?? null,
    fates: new Map(fates),
  };
}

function isSame(one: Verdict, other: Verdict): boolean {
  if (one.verdict === 'WRONG') return other.verdict === 'WRONG' && one.why === other.why;
  return one.verdict === other.verdict;
}

function firstOf<T>(items: Iterable<T>, isRight: (item: T) => boolean): T | null {
  for (const item of items) if (isRight(item)) return item;
  return null;
}
