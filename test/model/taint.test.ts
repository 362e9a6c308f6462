import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Canonical, Settings } from '../../src/core/types.ts';
import { objectionsTo } from '../judge/sameness.ts';
import { anyRule, valuesFor } from './any-rule.ts';
import { compare, type End, hidden, type Scenario, type Step } from './taint.ts';

/** TAINT_RUNS pairs of histories (default 4,000); a failure names the seed that repeats it: TAINT_SEED. */
const numRuns = Number(process.env.TAINT_RUNS ?? 4000);
const seed =
  process.env.TAINT_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.TAINT_SEED);

/** So many values are told apart; those that a rule does not have stand for abstentions. */
const most = 7;

const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    ...(['hidden', 'hidden', 'hidden', 'hidden', 'own', 'own', 'own', 'probe', 'probe', 'squat'] as const),
    ...([
      'usurp',
      'leave',
      'return',
      'renew',
      'tick',
      'read',
      'reinvite',
      'revoke',
      'waive',
      'extend',
    ] as const),
  ),
  who: fc.nat(hidden.length - 1),
  value: fc.nat(most - 1),
  wait: fc.constantFrom(0, 0, 0, 0, 100, 700, 2500),
  numbered: fc.boolean(),
});

const places = Array.from({ length: most }, (_, i) => i);
const scenario: fc.Arbitrary<Scenario | null> = fc
  .record({
    rule: anyRule,
    admission: fc.constantFrom('open', 'invite'),
    swaps: fc.array(fc.shuffledSubarray(places, { minLength: places.length }), {
      minLength: hidden.length,
      maxLength: hidden.length,
    }),
    steps: fc.array(stepOf, { minLength: 3, maxLength: 25, size: 'max' }),
  })
  .map(({ rule, admission, ...rest }) => {
    const settings = blind(rule, admission);
    return settings === null ? null : { ...rest, settings, values: takenFrom(settings) };
  });

/** Values that the rule takes from everybody: a refusal in one history only would tell them apart. */
function takenFrom({ rule }: Settings): (Canonical | null)[] {
  return [...valuesFor(rule), '"veto"', '"Veto "'].filter(
    (value) => value !== null && objectionsTo(rule, null, value).length === 0,
  );
}

/** Null where a round under this rule could not be blind. */
function blind(rule: { [name: string]: unknown }, admission: string): Settings | null {
  const parsed = parseSettings({
    admission,
    rule: { ...rule, ...(rule.reveal === 'live' ? { reveal: 'never' } : {}) } as never,
  });
  return parsed.ok ? parsed.settings : null;
}

it('a caller cannot tell apart two histories of a blind round that differ in what is hidden from it [Q4.4] [Q4.25] [Q4.42] [Q5.16]', () => {
  const ends = new Map<End, number>();
  const property = fc.property(scenario, (one) => {
    if (one === null) return;
    try {
      const end = compare(one);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    } catch (error) {
      const { rule } = one.settings;
      throw new Error(
        `${(error as Error).message}\n${JSON.stringify(rule)}\n${one.steps.map((s) => JSON.stringify(s)).join('\n')}`,
        {
          cause: error,
        },
      );
    }
  });
  const report = fc.check(property, { numRuns, seed });
  if (report.failed) {
    const again = `TAINT_SEED=${seed} npx vitest run test/model/taint.test.ts`;
    throw new Error(`run ${report.numRuns}; again: ${again}\n${String(report.errorInstance)}`);
  }
  console.info(`pairs of histories: ${[...ends].map(([end, count]) => `${count} ${end}`).join(', ')}`);
  expect(ends.get('whole')).toBeGreaterThan(numRuns / 20);
  expect(ends.get('escalated')).toBeGreaterThan(0);
});
