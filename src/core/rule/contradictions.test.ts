import { describe, expect, it } from 'vitest';
import type { Json } from '../types.ts';
import { parseSettings } from './settings.ts';

function complaintsOf(body: Json): string[] {
  const parsed = parseSettings(body);
  return parsed.ok ? [] : parsed.complaints.map(({ field, fix }) => `${field}: ${fix}`);
}

const agents = ['a', 'b', 'c'];
const panel = (role: string, names: readonly string[], threshold: Json = 1): Json => ({
  role,
  agents: [...names],
  threshold,
});
const mixed: Json = { all: [panel('model', ['a', 'b'], 2), panel('ci', ['c'])] };
const crowd = (side: string, size: number): string[] => Array.from({ length: size }, (_, i) => `${side}${i}`);
const manyPanels: Json = { all: [panel('crowd', crowd('a', 60)), panel('more', crowd('b', 41))] };
const escalating: Json = { ...mixed, else: panel('chair', ['d']) };

describe('contradictions are refused with one complaint that names both fields [Q4.31]', () => {
  it.each<[string, string, Json]>([
    ['threshold', 'electorate', { threshold: 4, electorate: { size: 3 } }],
    ['threshold', 'electorate', { threshold: 5, electorate: { agents }, weights: { a: 2 } }],
    ['threshold', 'electorate', { threshold: 6, electorate: { live: { min: 2, max: 5 } } }],
    ['floor', 'electorate', { floor: 4 }],
    ['revote', 'close', { revote: true, close: 'early' }],
    ['weights', 'electorate', { weights: { a: 2 } }],
    ['onDeadline', 'deadline', { onDeadline: 'decide' }],
    ['onDeadline', 'deadline', { onDeadline: { default: 1 } }],
    ['minWait', 'deadline', { minWait: '2s', deadline: '1s' }],
    ['tie', 'equality', { equality: { tolerance: 1 }, tie: { priority: ['x'] } }],
    ['floor.cast', 'electorate', { floor: { cast: 4 } }],
    ['valueBytes', 'electorate', { valueBytes: 4097, electorate: { size: 1001 } }],
    ['electorate', 'equality', { electorate: manyPanels, equality: { tolerance: 1 } }],
    ['electorate', 'equality', { electorate: manyPanels, equality: { field: '/a', by: { tolerance: 1 } } }],
    ['options', 'equality', { equality: 'text', options: ['Yes', 'no', 'yes '] }],
    ['options', 'equality', { options: [1, 1] }],
    ['options', 'equality', { equality: { tolerance: 1 }, options: [1, 'x'] }],
    ['wins', 'options', { wins: ['yes'] }],
    ['wins', 'options', { options: ['yes', 'no'], wins: ['Yes'] }],
    ['wins', 'equality', { equality: { tolerance: 1 }, options: [1, 5], wins: [1] }],
    ['wins', 'veto', { electorate: { agents }, veto: ['a'], options: [true, false], wins: [true, false] }],
    [
      'wins',
      'veto',
      { electorate: { agents }, veto: ['a'], equality: 'text', options: ['Veto', 1], wins: ['Veto'] },
    ],
    ['tie', 'options', { options: ['yes', 'no'], tie: { priority: ['yes', 'y'] } }],
    ['tie', 'wins', { options: ['yes', 'no'], wins: ['yes'], tie: { priority: ['no'] } }],
    ['onDeadline', 'options', { options: ['yes', 'no'], deadline: '1s', onDeadline: { default: 'maybe' } }],
    [
      'onDeadline',
      'wins',
      { options: ['yes', 'no'], wins: ['yes'], deadline: '1s', onDeadline: { default: 'no' } },
    ],
    ['decide', 'equality', { decide: 'mean' }],
    ['decide', 'equality', { decide: 'median', equality: { field: '/a', by: { tolerance: 1 } } }],
    ['electorate', 'weights', { electorate: mixed, weights: { a: 2 } }],
    ['threshold', 'electorate', { electorate: mixed, threshold: 2 }],
    ['electorate', 'absent', { electorate: mixed, absent: 'excluded' }],
    ['electorate.else', 'revote', { electorate: escalating, revote: true }],
    ['electorate.else', 'revote', { electorate: escalating, revote: true, reveal: 'never' }],
    ['veto', 'electorate', { electorate: { agents }, veto: ['z'] }],
    ['required', 'electorate', { electorate: { agents }, required: ['z'] }],
    ['weights', 'electorate', { electorate: { agents }, weights: { z: 2 } }],
    ['required', 'electorate', { electorate: { size: 2 }, required: ['x', 'y', 'z'] }],
  ])('%s and %s: %j', (a, b, rule) => {
    const complaints = complaintsOf({ rule });
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(new RegExp(`^rule\\.${a} and rule\\.${b}: .{10,}`));
  });

  it('what only just fits is taken', () => {
    expect(complaintsOf({ rule: { threshold: 3, floor: 3 } })).toEqual([]);
    expect(complaintsOf({ rule: { threshold: 4, electorate: { agents }, weights: { a: 2 } } })).toEqual([]);
    expect(complaintsOf({ rule: { minWait: '1s', deadline: '1s' } })).toEqual([]);
    expect(complaintsOf({ rule: { electorate: { size: 2 }, required: ['y', 'z'] } })).toEqual([]);
    expect(complaintsOf({ rule: { revote: true, close: 'early', minWait: '1s' } })).toEqual([]);
    expect(complaintsOf({ rule: { electorate: mixed, revote: true } })).toEqual([]);
    expect(complaintsOf({ rule: { floor: { present: 3, cast: 3 } } })).toEqual([]);
    expect(complaintsOf({ rule: { valueBytes: 4097, electorate: { size: 1000 } } })).toEqual([]);
    expect(complaintsOf({ rule: { valueBytes: 4096, electorate: { size: 1001 } } })).toEqual([]);
    expect(complaintsOf({ rule: { electorate: mixed, equality: { tolerance: 1 } } })).toEqual([]);
    expect(complaintsOf({ rule: { options: [true, false], wins: [true, false] } })).toEqual([]);
    expect(complaintsOf({ rule: { electorate: escalating, revote: true, reveal: 'live' } })).toEqual([]);
  });

  it.each<[string, Json]>([
    [
      'rule.options and rule.equality: "yes " is equal to an option before it',
      { equality: 'text', options: ['Yes', 'yes '] },
    ],
    ['rule.options and rule.equality: "x" is no number', { equality: { tolerance: 1 }, options: [1, 'x'] }],
    [
      'rule.wins and rule.options: "Yes" is no option: add it there',
      { options: ['yes', 'no'], wins: ['Yes'] },
    ],
    [
      'rule.options and rule.equality: 7 has no such part',
      { equality: { field: '/a' }, options: [7, { a: 1 }] },
    ],
    [
      'rule.options and rule.equality: {"a":"x"} is no number',
      { equality: { field: '/a', by: { tolerance: 1 } }, options: [{ a: 1 }, { a: 'x' }] },
    ],
    [
      'rule.tie and rule.equality: {"b":1} has no such part',
      { equality: { field: '/a' }, tie: { priority: [{ b: 1 }] } },
    ],
    [
      'rule.tie and rule.options: {"a":3} is no option',
      { equality: { field: '/a' }, options: [{ a: 1 }, { a: 2 }], tie: { priority: [{ a: 3 }] } },
    ],
    ['rule.wins and rule.options: say what may be proposed', { wins: ['yes'] }],
    [
      'rule.tie and rule.equality: "x" is no number where numbers are compared: take it',
      { equality: { tolerance: 1 }, tie: { priority: ['x'] } },
    ],
    ['rule.decide and rule.equality: only numbers near each other have a mean', { decide: 'mean' }],
  ])('names the value that is wrong: %s', (complaint, rule) => {
    expect(complaintsOf({ rule })[0]).toContain(complaint);
  });

  it('of wins with a tolerance, also that no number between the options may be decided [Q4.41]', () => {
    const complaints = complaintsOf({
      rule: { equality: { tolerance: 1 }, options: [1, 5], wins: [1], decide: 'mean' },
    });
    expect(complaints.map((one) => one.split(':')[0])).toEqual([
      'rule.wins and rule.equality',
      'rule.decide and rule.wins',
    ]);
  });

  it('does not count the threshold that a mixed electorate is shown with, by default or by a preset [Q4.31]', () => {
    for (const preset of [null, 'majority', 'poker']) {
      const shown = parseSettings({ preset, rule: { electorate: mixed, ...(preset && { revote: false }) } });
      if (!shown.ok) throw new Error(JSON.stringify(shown.complaints));
      const back = { preset, rule: shown.settings.rule as unknown as Json };
      expect(parseSettings(back)).toEqual(shown);
    }
    expect(complaintsOf({ preset: 'poker', rule: { electorate: mixed, threshold: 'majority' } })).not.toEqual(
      [],
    );
  });

  it('is put right by what the complaint says: else with revote is fine once proposals are shown [Q4.25]', () => {
    const [complaint = ''] = complaintsOf({ rule: { electorate: escalating, revote: true } });
    expect(complaint).toMatch(/find a hidden one: leave else or revote out, or set reveal: "live"$/);
  });

  it('names each of the two fields by itself too, and of another complaint the one [Q4.1]', () => {
    const parsed = parseSettings({
      rule: { electorate: { size: 3 }, threshold: 4, floor: { present: 1, cast: 5 } },
    });
    expect(parsed.ok ? [] : parsed.complaints.map(({ fields }) => fields)).toEqual([
      ['rule.threshold', 'rule.electorate'],
      ['rule.floor.cast', 'rule.electorate'],
    ]);
    const single = parseSettings({ rule: { electorate: { size: 0 } } });
    expect(single.ok ? [] : single.complaints[0]).toMatchObject({
      field: 'rule.electorate.size',
      fields: ['rule.electorate.size'],
    });
  });
});
