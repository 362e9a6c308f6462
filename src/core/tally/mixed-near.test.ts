import { describe, expect, it } from 'vitest';
import { said } from '../../../test/harness/test-group.ts';
import type { Json } from '../types.ts';
import { explain } from '../view/explain.ts';

const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
const models = panel('models', ['a', 'b'], 2);
const people = panel('people', ['c', 'd'], 1);

/** Two models must be near each other; else one of two people decides. */
const escalating = { electorate: { all: [models], else: people }, equality: { tolerance: 1 } };
/** Two models and one of two people must be near each other. */
const together = { electorate: { all: [models, people] }, equality: { tolerance: 1 } };

describe('near numbers in a mixed electorate [Q4.40]', () => {
  it('are decided by the part that has enough of its own agents in a window', () => {
    expect(said(together, { a: 5, b: 6, c: 6, d: 1 }).ending()).toBe('SUCCESS agreed 6');
    expect(said(together, { a: 5, b: 6, c: 4, d: 7 }).ending()).toBe('FAILED no-agreement');
    expect(said(escalating, { a: 5, b: 6 }).ending()).toBe('SUCCESS agreed 5');
    expect(said(escalating, { a: 5, b: 9, c: 7, d: 7 }).ending()).toBe('SUCCESS agreed 7');
  });

  it('wait for those after else only once the others are too far apart', () => {
    const missing = (values: { [agent: string]: Json | undefined }) => {
      const room = said(escalating, values);
      return explain(room.group, 1)?.waitingFor.agents;
    };
    expect(missing({ a: 5 })).toEqual(['b']);
    expect(missing({ a: 5, b: 9 })).toEqual(['c', 'd']);
    expect(missing({ a: undefined })).toEqual(['b', 'c', 'd']);
  });

  it('do not wait for who is absent: then those after else are asked', () => {
    const room = said(escalating, { a: 5 });
    const missing = () => explain(room.group, 1)?.waitingFor.agents;
    for (const agent of ['b', 'd']) {
      room.join(agent);
      room.leave(agent);
    }
    expect(missing()).toEqual(['b', 'c', 'd']);
    room.propose('c', 8);
    expect(room.ending()).toBe('SUCCESS agreed 8');
  });

  it('are none where all abstain', () => {
    const room = said(together, { a: undefined, b: undefined, c: undefined, d: undefined });
    expect(room.ending()).toBe('FAILED no-agreement');
    expect(room.outcome().verdict).toMatchObject({ most: 0, tied: 0 });
  });

  it('decide a number, a mean, or a whole value of the deciding part alone', () => {
    const people = panel('people', ['c', 'd', 'e'], 3);
    const electorate = { all: [models], else: people };
    const numbers = { a: 1, b: 9, c: 1, d: 1.5, e: 2 };
    expect(said({ ...escalating, electorate }, numbers).ending()).toBe('SUCCESS agreed 1.5');
    expect(said({ ...escalating, electorate, decide: 'mean' }, { ...numbers, d: 1 }).ending()).toBe(
      'SUCCESS agreed 1.3333333333333333',
    );
    expect(said({ ...together, decide: 'median' }, { a: 5, b: 6, c: 5, d: 5.25 }).ending()).toBe(
      'SUCCESS agreed 5.125',
    );
    const part = { ...escalating, equality: { field: '/n', by: { tolerance: 1 } } };
    const whole = { a: { n: 1 }, b: { n: 9 }, c: { n: 1, w: 'c' }, d: { n: 1, w: 'd' } };
    expect(said(part, whole).ending()).toBe('SUCCESS agreed {"n":1,"w":"c"}');
  });

  it('hold every required agent, wherever it sits', () => {
    const rule = { ...together, required: ['d'] };
    expect(said(rule, { a: 5, b: 6, c: 5.5, d: 6 }).ending()).toBe('SUCCESS agreed 5.5');
    expect(said(rule, { a: 5, b: 6, c: 5.5, d: 6.5 }).ending()).toBe('FAILED required');
    // It begins the window that holds it.
    const outside = {
      electorate: { all: [models], else: people },
      equality: { tolerance: 2 },
      required: ['c'],
    };
    expect(said(outside, { a: 5, b: 6, c: 4 }).ending()).toBe('SUCCESS agreed 5');
    expect(said(outside, { a: 5, b: 6, c: 3 }).ending()).toBe('FAILED required');
  });

  it('are a tie where two windows share no proposal of the part, and else the lowest wins', () => {
    const any = { electorate: { any: [panel('pair', ['a', 'b', 'c', 'd'], 2)] }, equality: { tolerance: 1 } };
    expect(said(any, { a: 1, b: 2, c: 5, d: 6 }).ending()).toBe('FAILED tie');
    expect(said(any, { a: 1, b: 2, c: 3, d: 9 }).ending()).toBe('SUCCESS agreed 1');
    expect(said({ ...any, tie: { priority: [5] } }, { a: 1, b: 2, c: 5, d: 6 }).ending()).toBe(
      'SUCCESS agreed 5',
    );
    expect(said({ ...any, tie: { priority: [7] } }, { a: 1, b: 2, c: 5, d: 6 }).ending()).toBe('FAILED tie');
    const { sentence } = explain(said(any, { a: 1, b: 2, c: 5, d: 6 }).group, 1) as { sentence: string };
    expect(sentence).toMatch('the 2 heaviest windows weigh 2 each');
  });

  it('close early once the part that decides is complete, and fail once no window can grow enough', () => {
    const early = { ...escalating, close: 'early', floor: 1 };
    expect(said(early, { a: 5, b: 6 }).ending()).toBe('SUCCESS agreed 5');
    expect(said({ ...together, close: 'early' }, { a: 5, b: 7 }).ending()).toBe('FAILED no-agreement');
    expect(said({ ...together, close: 'early' }, { a: 5, b: 6 }).ending()).toBe('WAITING');
    // While a required agent may still come, nothing is certain.
    expect(said({ ...early, required: ['c'] }, { a: 5, b: 6 }).ending()).toBe('WAITING');
    const later = said({ ...early, required: ['c'] }, { c: 5, a: 5, b: 5.5 });
    expect(later.ending()).toBe('SUCCESS agreed 5');
    expect(said({ ...early, decide: 'mean', required: ['c'] }, { c: 5, a: 5, b: 6 }).ending()).toBe(
      'SUCCESS agreed 5.5',
    );
    const everybody = { ...early, electorate: { all: [models], else: panel('people', ['c', 'd'], 2) } };
    expect(said(everybody, { a: 5, b: undefined, c: 1, d: 7 }).ending()).toBe('FAILED no-agreement');
    expect(said(everybody, { c: 1, d: 7, a: 5 }).ending()).toBe('WAITING');
  });

  it('are still possible while a window that holds them can grow enough', () => {
    const live = { ...together, reveal: 'live' };
    const possible = (values: { [agent: string]: Json }) =>
      explain(said(live, values).group, 1)?.stillPossible?.map(({ value }) => value);
    expect(possible({ a: 5, c: 9 })).toEqual([5]);
    expect(possible({ a: 5, c: 6 })).toEqual([5, 6]);
    expect(possible({ c: 5 })).toEqual([5]);
  });

  it('go on with those who are left when one is waived', () => {
    const electorate = {
      all: [panel('models', ['a', 'b'], 'unanimous'), panel('people', ['c', 'd'], 'unanimous')],
    };
    const room = said({ electorate, equality: { tolerance: 1 } }, { a: 5, b: 6, c: 5 });
    expect(room.ending()).toBe('WAITING');
    room.waive('d');
    expect(room.ending()).toBe('SUCCESS agreed 5');
    const other = said(
      { ...escalating, electorate: { all: [models], else: panel('people', ['c', 'd'], 'unanimous') } },
      { a: 5, b: 9 },
    );
    other.propose('c', 7);
    other.waive('d');
    expect(other.ending()).toBe('SUCCESS agreed 7');
  });
});
