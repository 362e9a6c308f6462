import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { campaign, minimize } from './campaign.ts';
import { generate } from './generate.ts';
import { mutants } from './mutants.ts';
import type { Plan } from './plan.ts';
import { runHistory } from './run.ts';
import { least } from './shrink.ts';

/** A short part of `npm run sim`. A failure names its seed: `npm run sim -- --seed N --histories 1` runs it again. */

test.each([2, 41, 123])('seed %i gives the same bytes each time', async (seed) => {
  const once = await runHistory(generate(seed), null, true);
  const again = await runHistory(generate(seed), null, true);
  expect(again.trace.length).toBeGreaterThan(50);
  expect(again.trace.join('\n')).toBe(once.trace.join('\n'));
  expect(again.evidence.logs).toEqual(once.evidence.logs);
});

test('histories in which everything may go wrong break no invariant', async () => {
  const report = await campaign(1, 150);
  expect(report.failure).toBeNull();
  expect(report.never).toEqual([]);
  expect(report.linearizable).toBeGreaterThan(10);
});

/** By the name of each seeded bug the seed of a history that shows it. `UPDATE_DOCS=1` writes it where others do by now. */
const shownBy = 'test/sim/shown-by.json';
const known = JSON.parse(readFileSync(shownBy, 'utf8')) as Readonly<Record<string, number>>;

describe('seeded bugs are found within 1,500 histories', () => {
  const now: Record<string, number> = {};

  test.each(mutants.map((mutant) => [mutant.name, mutant.killedBy, mutant] as const))(
    '%s: found by %s',
    async (name, invariant, mutant) => {
      const all = Array.from({ length: 1500 }, (_, i) => i + 1);
      // Looked for from the start only where the histories have changed.
      for (const seed of [...all.filter((one) => one === known[name]), ...all]) {
        const { violations } = await runHistory(generate(seed), mutant);
        if (!violations.some((one) => one.invariant === invariant)) continue;
        if (seed !== known[name]) console.info(`"${name}" is shown by seed ${seed} now`);
        now[name] = seed;
        return;
      }
      expect.unreachable(`${name} survived`);
    },
  );

  afterAll(() => {
    const all = mutants.flatMap(({ name }) => {
      const seed = now[name] ?? known[name];
      return seed === undefined ? [] : [[name, seed] as const];
    });
    if (process.env.UPDATE_DOCS)
      writeFileSync(shownBy, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  });
});

test('a failing plan is cut down to what fails', async () => {
  const bug = mutants.find(({ name }) => name.startsWith('a server reads what it has')) ?? null;
  const size = ({ agents }: Plan): number => agents.reduce((sum, { ops }) => sum + ops.length, 0);
  const fails = async (seed: number) => (await runHistory(generate(seed), bug)).violations.length > 0;
  let seed = 1;
  while (size(generate(seed)) < 40 || !(await fails(seed))) seed += 1;
  const { plan, run } = await minimize(seed, bug);
  expect(run.violations).not.toEqual([]);
  expect(size(plan)).toBeLessThan(size(generate(seed)) / 4);
});

test('what is left is the least that fails', async () => {
  const fails = async (some: number[]): Promise<boolean> => some.includes(3) && some.includes(17);
  expect(
    await least(
      Array.from({ length: 40 }, (_, i) => i),
      fails,
    ),
  ).toEqual([3, 17]);
});
