import { expect, test } from 'vitest';
import { defaults, presets } from '../../core/rule/presets.ts';
import type { Rule } from '../../core/types.ts';
import { viewRule } from '../../core/view/rule.ts';
import { words as english } from './en.ts';
import { ruleInWords } from './rule.ts';

function words(rule: Partial<Rule>): string[] {
  return ruleInWords(viewRule({ ...defaults, ...rule })).map((parts) => parts.join(''));
}

test('the rule of a group that says nothing about it', () => {
  expect(words({})).toEqual([
    'More than half of 3 must propose the same value.',
    'Values stay hidden until the close; who is in never is.',
    'The round closes when all are in.',
    'After a round that fails the next one opens.',
  ]);
});

test('a gate', () => {
  expect(words({ ...presets.gate, electorate: { agents: ['ann', 'bob'] }, veto: ['ann'] })).toEqual([
    'More than half of 2 must propose the same value.',
    'They choose among approve and reject; only approve can win.',
    'Values are shown as they come.',
    'The round closes when nothing can change the outcome any more.',
    'ann can stop it with a veto.',
    'The next round opens on request.',
  ]);
});

test('a panel', () => {
  expect(words({ ...presets.panel, equality: { tolerance: 0.5 }, decide: 'median' })).toEqual([
    'More than half of 3 must propose numbers within 0.5 of each other; the median of them is decided.',
    'Values stay hidden until the close; who is in never is.',
    'The round closes when nothing can change the outcome any more, or by its deadline of 2\u00a0minutes from the first proposal on: then those who are in decide. At least 2 must take part.',
    'The next round opens on request.',
  ]);
});

test.each<[Partial<Rule>, string]>([
  [
    { electorate: { live: { min: 2, max: 9 } }, threshold: 'unanimous' },
    'All of those who are live when the round opens, 2 to 9, must propose the same value.',
  ],
  [
    { of: 'cast', threshold: 'two-thirds' },
    'Two thirds of those who propose a value must propose the same value.',
  ],
  [
    { of: 'present', threshold: { num: 3, den: 4, strict: false } },
    'At least 3/4 of those who take part must propose the same value.',
  ],
  [
    { electorate: { agents: ['a', 'b'] }, weights: { a: 2 } },
    'Agents with more than half of the weight must propose the same value.',
  ],
  [{ equality: 'text' }, 'More than half of 3 must propose the same text, whatever its case and spaces.'],
  [{ equality: { set: true } }, 'More than half of 3 must propose the same set, in any order.'],
  [
    { equality: { field: '/answer', by: 'exact' } },
    'More than half of 3 must propose the same value at /answer.',
  ],
  [
    { equality: { tolerance: 0, relative: { num: 1, den: 10 } } },
    'More than half of 3 must propose numbers within 1/10 of each other.',
  ],
  [{ reveal: 'never' }, 'Values are never shown; how many were equal is, at the close.'],
  [
    { revote: true },
    'Values stay hidden until the close; who is in never is. Until then everybody may change theirs.',
  ],
  [
    { minWait: 20_000, lastCall: 60_000 },
    'The round closes when all are in, after 20\u00a0s at the soonest, or 1\u00a0minute after enough are in.',
  ],
  [
    { deadline: 90_000 },
    'The round closes when all are in, or by its deadline of 90\u00a0s, and then it has failed.',
  ],
  [
    { deadline: 3_600_000, onDeadline: { default: 'no' } },
    'The round closes when all are in, or by its deadline of 1\u00a0hour: then no is decided.',
  ],
  [
    { floor: { present: 3, cast: 2 } },
    'The round closes when all are in. At least 3 must take part, 2 of them with a value.',
  ],
  [{ tie: 'seeded' }, 'A tie is drawn, and anybody can repeat the draw.'],
  [{ tie: { priority: ['b', 'a'] } }, 'A tie goes to the first of b and a.'],
  [{ absent: 'excluded' }, 'Who is absent at the close is not counted.'],
  [{ required: ['ann'] }, 'ann must stand behind the value.'],
  [{ next: 'continuous', maxRounds: 5 }, 'Each round is followed by the next, 5 at most.'],
])('%j', (rule, sentence) => {
  expect(words(rule)).toContain(sentence);
});

test('panels are named with what each needs, and what decides when they cannot', () => {
  const dev = { role: 'dev', agents: ['a', 'b', 'c'], threshold: 'majority' } as const;
  const ops = { role: 'ops', agents: ['d'], threshold: 1 } as const;
  const board = { role: 'board', agents: ['z'], threshold: 'unanimous' } as const;
  const [first] = words({ electorate: { all: [dev, { any: [ops, board] }], else: board } });
  expect(first).toBe(
    'dev (more than half of 3) and (ops (at least 1 of 1) or board (all of 1)) must propose the same value. Failing that, board (all of 1) decides.',
  );
  const [two] = words({ electorate: { atLeast: 2, of: [dev, ops, board] } });
  expect(two).toMatch(/^at least 2 of dev .*, ops .*, board .* must propose the same value\.$/);
});

test.each([
  [500, '0.5 s'],
  [45_000, '45 s'],
  [90_000, '90 s'],
  [150_000, '2 min 30 s'],
  [180_000, '3 minutes'],
  [5_400_000, '1 h 30 min'],
  [7_200_000, '2 hours'],
  [86_400_000, '1 day'],
  [172_800_000, '2 days'],
])('%i ms are %s', (ms, text) => {
  expect(english.span(ms).replaceAll('\u00a0', ' ')).toBe(text);
});
