import { expect, test } from 'vitest';
import { chapters } from './chapters.ts';
import { standard } from './record.ts';
import { runSide } from './run.ts';
import { shrink } from './shrink.ts';
import type { RunRecord, Verdict } from './types.ts';

const faulty: RunRecord = { ...standard, loss: 15, delay: 10, duplication: 10, crash: 10 };
const five: RunRecord = { ...faulty, agents: 5, quorum: 3, max: 4 };

const records = [
  ...chapters.map(({ record }) => record),
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => [
    { ...standard, seed },
    { ...faulty, seed },
    { ...five, seed },
  ]),
];

test('what does not fail cannot be shrunk', () => {
  const sound = records.filter((record) => !isFailure(runSide(record, 'exercise').verdict));
  expect(sound.length).toBeGreaterThan(0);
  for (const record of sound) expect(shrink(record)).toBe(null);
});

test('a smaller record fails in the same way, in no more steps, and nothing can be taken from it', () => {
  const failing = records.filter((record) => isFailure(runSide(record, 'exercise').verdict));
  expect(failing.length).toBeGreaterThan(8);
  for (const record of failing) {
    const before = runSide(record, 'exercise');
    const shrunk = shrink(record)?.record as RunRecord;
    const after = runSide(shrunk, 'exercise');
    expect(kindOf(after.verdict)).toBe(kindOf(before.verdict));
    expect(after.steps).toBeLessThanOrEqual(before.steps);
    for (const [what, less] of withOneLess(shrunk)) {
      const { verdict, steps } = runSide(less, 'exercise');
      const isSmaller = kindOf(verdict) === kindOf(before.verdict) && steps <= after.steps;
      expect(isSmaller, `seed ${record.seed} without ${what}`).toBe(false);
    }
  }
});

test('each step on the way fails as the first, and is smaller than the one before', () => {
  const { record, steps } = shrink({ ...standard, seed: 12040 }) ?? { record: standard, steps: [] };
  expect(steps.length).toBeGreaterThan(2);
  expect(steps.at(-1)).toBe(record);
  const sizes = steps.map(({ agents, turns, draws }) => [agents, turns?.length, draws?.flat().length]);
  for (const [i, step] of steps.entries()) {
    expect(runSide(step, 'exercise').verdict.verdict).toBe('DEADLOCK');
    if (i > 0) expect(steps[i - 1]).not.toEqual(step);
  }
  expect(sizes.at(-1)?.every((size, i) => (size ?? 0) <= (sizes[0]?.[i] ?? 0))).toBe(true);
});

test('the smallest deadlock has two agents, neither of which may lose its turn', () => {
  const { record } = shrink({ ...standard, seed: 12040 }) ?? { record: standard };
  expect(record).toMatchObject({ agents: 2, max: 2 });
  expect(runSide(record, 'quorate').verdict.verdict).toBe('SUCCESS');
});

/** Every record that differs by one turn, one fate, or one in one number. */
function* withOneLess(record: RunRecord): Generator<[string, RunRecord]> {
  for (const i of record.turns?.keys() ?? [])
    yield [`turn ${i}`, { ...record, turns: record.turns?.toSpliced(i, 1) ?? null }];
  for (const name of record.fates.keys()) {
    const fates = new Map(record.fates);
    fates.delete(name);
    yield [name, { ...record, fates }];
  }
  for (const [i, drawn] of (record.draws ?? []).entries())
    for (const [k, number] of drawn.entries())
      if (number > 1) {
        const lower = record.draws?.with(i, drawn.with(k, number - 1)) ?? null;
        yield [`draw ${k} of agent ${i}`, { ...record, draws: lower }];
      }
}

function isFailure({ verdict }: Verdict): boolean {
  return verdict === 'DEADLOCK' || verdict === 'WRONG';
}

function kindOf(verdict: Verdict): string {
  return verdict.verdict === 'WRONG' ? verdict.why : verdict.verdict;
}
