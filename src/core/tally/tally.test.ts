import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { canonical } from '../json.ts';
import { rosterOf, weightOf } from '../rule/electorate.ts';
import type { Json, Proposal, Rule } from '../types.ts';
import type { Answer } from './count.ts';
import { proposalOf } from './proposal.ts';
import { Tally } from './tally.ts';

type Body = { [name: string]: Json };
type Said = { readonly [agent: string]: Json | undefined };

const agents = ['a', 'b', 'c'];

/** An early rule of the electors a, b and c. */
function early(rule: Body = {}): Rule {
  return settingsOf({ rule: { electorate: { agents }, close: 'early', ...rule } }).rule;
}

/** Four seats without names. */
const seats = (rule: Body = {}): Rule => early({ electorate: { size: 4 }, ...rule });

/** Who proposed what so far; undefined: an abstention. */
function tallyOf(rule: Rule, said: Said): Tally {
  const roster = rosterOf(rule.electorate);
  const tally = new Tally(rule, 5, roster === null ? null : new Set(roster));
  for (const [agent, value] of Object.entries(said)) tally.add(proposal(rule, agent, value));
  return tally;
}

function proposal({ equality }: Rule, agent: string, value: Json | undefined): Proposal {
  return proposalOf(equality, agent, value === undefined ? null : canonical(value));
}

function eligibleIn({ electorate, weights }: Rule): { count: number; weight: number } {
  const roster = rosterOf(electorate);
  if (roster === null)
    return 'size' in electorate ? { count: electorate.size, weight: electorate.size } : none;
  return { count: roster.length, weight: roster.reduce((sum, agent) => sum + weightOf(weights, agent), 0) };
}

const none = { count: 0, weight: 0 };

/** `7` decided, `no-agreement` impossible, `open`. */
function text(answer: Answer): string {
  if (answer.is === 'open') return 'open';
  return answer.is === 'won' ? answer.value : answer.reason;
}

const certain = (rule: Rule, said: Said): string => text(tallyOf(rule, said).certain(eligibleIn(rule)));

describe('what is certain while proposals are missing [Q4.12]', () => {
  it('is a leader that cannot be caught [Q4.13]', () => {
    expect(certain(early(), { a: 7, b: 7 })).toBe('7');
    expect(certain(early(), { a: 7 })).toBe('open');
    expect(certain(seats({ threshold: 2 }), { a: 7, b: 7 }), 'two more could be level').toBe('open');
    expect(certain(seats({ threshold: 2 }), { a: 7, b: 7, c: 1 })).toBe('open');
    expect(certain(seats({ threshold: 2, electorate: { size: 5 } }), { a: 7, b: 7, c: 7 })).toBe('7');
  });

  it('is a leader that wins every tie it can still get into [Q4.13] [Q4.15]', () => {
    const first = { threshold: 2, tie: { priority: [7, 1] } };
    expect(certain(seats(first), { a: 7, b: 7 }), 'whatever the others name').toBe('7');
    expect(certain(seats({ ...first, tie: { priority: [1, 7] } }), { a: 7, b: 7 })).toBe('open');
    expect(certain(seats({ ...first, tie: 'seeded' }), { a: 7, b: 7 })).toBe('open');
    expect(certain(seats(first), { a: 7, b: 7, c: 1 })).toBe('7');
    expect(certain(seats({ ...first, tie: { priority: [1, 7] } }), { a: 7, b: 7, c: 1 })).toBe('open');
    const drawn = [1, 9].map((rival) =>
      certain(seats({ threshold: 2, tie: 'seeded' }), { a: 7, b: 7, c: rival }),
    );
    expect(new Set(drawn), 'a draw between two is known beforehand').toEqual(new Set(['7', 'open']));
  });

  it('is that nothing can win any more [Q4.14]', () => {
    const three = early({ electorate: { agents: [...agents, 'd'] }, threshold: 3 });
    expect(certain(three, { a: 1, b: 2 })).toBe('open');
    expect(certain(three, { a: 1, b: 1, c: 2 })).toBe('open');
    expect(certain(three, { a: 1, b: 2, c: 3 })).toBe('no-agreement');
    expect(certain(three, { a: undefined, b: undefined }), 'no value that nobody has named either').toBe(
      'no-agreement',
    );
  });

  it('is not that a level value loses, where a tie can still be broken for it [Q4.14] [Q4.15]', () => {
    const two = { electorate: { agents: [...agents, 'd'] }, threshold: 2 };
    const said = { a: 1, b: 1, c: undefined };
    expect(certain(early({ ...two, required: ['d'] }), said), 'three for one value').toBe('open');
    const rivals = { electorate: { agents: ['a', 'b', 'c', 'd', 'e', 'f'] }, threshold: 2, required: ['a'] };
    const level = { a: 1, b: 2, c: 2, d: 3, e: 3 };
    expect(certain(early(rivals), level), 'with f they would be three level values').toBe('required');
    expect(certain(early({ ...rivals, tie: { priority: [1, 2, 3] } }), level)).toBe('open');
    expect(certain(early({ ...rivals, tie: { priority: [2, 1, 3] } }), level)).toBe('required');
    const newcomer = { electorate: { size: 2 }, threshold: 1 };
    expect(certain(early(newcomer), { a: 1 }), 'a new value would be level').toBe('open');
    expect(certain(early({ ...newcomer, tie: { priority: [1] } }), { a: 1 })).toBe('1');
  });

  it('is a failure when required agents are torn, abstain or are no electors [Q4.16]', () => {
    const rule = early({ required: ['a', 'b'] });
    expect(certain(rule, { a: 1 })).toBe('open');
    expect(certain(rule, { a: 1, b: 2 })).toBe('required');
    expect(certain(rule, { a: 1, b: undefined })).toBe('required');
    expect(
      certain(early({ required: ['a', 'b'], threshold: 3 }), { a: 1, b: 2 }),
      'and none has enough',
    ).toBe('no-agreement');
    expect(certain(early({ threshold: 2, required: ['c'] }), { a: 1, b: 1 })).toBe('open');
    const live = settingsOf({ rule: { electorate: { live: {} }, required: ['z'] } }).rule;
    const tally = new Tally(live, 5, new Set(agents));
    expect(text(tally.certain({ count: 3, weight: 3 }))).toBe('required');
  });

  it('is a failure when the electorate is smaller than the floor [Q4.14]', () => {
    const live = settingsOf({ rule: { electorate: { live: {} }, floor: 3 } }).rule;
    const tally = new Tally(live, 5, new Set(['a', 'b']));
    expect(text(tally.certain({ count: 2, weight: 2 }))).toBe('floor');
    expect(certain(early({ threshold: 1, floor: 3 }), { a: 1, b: 1 }), 'the floor is not met yet').toBe(
      'open',
    );
  });

  it('is nothing where an electorate may still shrink [Q4.27]', () => {
    expect(certain(early({ absent: 'excluded' }), { a: 7, b: 7 })).toBe('open');
  });

  it('is a veto, and nothing else while a holder of one has not spoken [Q4.17]', () => {
    const rule = early({ veto: ['c'] });
    expect(certain(rule, { a: 7, b: 7 })).toBe('open');
    expect(certain(rule, { c: 'veto' })).toBe('veto');
    expect(certain(rule, { a: 7, c: 7 })).toBe('7');
    const open = seats({ veto: ['z'] });
    expect(certain(open, { a: 7, b: 7, c: 7 }), 'z may take the last seat').toBe('open');
    expect(certain(open, { a: 7, z: 7, c: 7 })).toBe('7');
  });

  it('counts on a missing holder of a veto for any value, since it may be waived, unless it is required [Q4.14] [Q4.39]', () => {
    const five = { electorate: { agents: [...agents, 'd', 'e'] }, veto: ['d', 'e'], threshold: 4 };
    expect(certain(early(five), { a: false, b: false, c: false }), 'without d and e').toBe('open');
    expect(certain(early(five), { a: 7, b: 7, c: 7 })).toBe('open');
    expect(certain(early({ ...five, threshold: 3 }), { a: false, b: false, c: 7 }), 'for 7').toBe('open');
    expect(certain(early({ ...five, threshold: 2 }), { a: false, b: false }), 'for a new value').toBe('open');
    const must = early({ ...five, threshold: 3, required: ['d'] });
    expect(certain(must, { a: false, b: false }), 'for a new value, which d can join').toBe('open');
    expect(certain(must, { a: false, b: false, c: false }), 'd must join, and would veto').toBe('required');
  });

  it('is no new value that can only come level with a veto that nobody may back [Q4.14] [Q4.16]', () => {
    const four = { electorate: { agents: [...agents, 'd'] }, threshold: 2, veto: ['d'], required: ['d'] };
    expect(certain(early(four), { a: false, b: false })).toBe('required');
    expect(certain(early({ ...four, tie: 'seeded' }), { a: false, b: false }), 'a draw may pick it').toBe(
      'open',
    );
  });

  it('is not how a text is spelt, while a missing spelling could be the most frequent [Q4.13] [Q4.21]', () => {
    const panel = { all: [{ role: 'all', agents, threshold: 2 }] };
    for (const rule of [early({ equality: 'text' }), early({ equality: 'text', electorate: panel })]) {
      expect(certain(rule, { a: 'tea', b: 'Tea' })).toBe('open');
      expect(certain(rule, { a: 'tea', b: 'tea' })).toBe('"tea"');
    }
  });

  it('is the final answer when nobody is missing [Q4.12]', () => {
    const near = early({ equality: { tolerance: 1 } });
    expect(certain(near, { a: 1, b: 2, c: 9 })).toBe('1');
    expect(certain(early(), { a: 1, b: 2, c: 3 })).toBe('no-agreement');
  });
});

describe('of several reasons [Q3.11]', () => {
  const five: Body = {
    electorate: { agents: [...agents, 'd', 'e'] },
    veto: ['a'],
    floor: 4,
    required: ['b'],
  };
  const final = (body: Body, said: Said): string => {
    const rule = early(body);
    return text(tallyOf(rule, said).final(eligibleIn(rule)));
  };

  it('the first counts of veto, floor, no-agreement, tie, required', () => {
    expect(final(five, { a: false, b: undefined })).toBe('veto');
    expect(final(five, { a: 1, b: undefined })).toBe('floor');
    expect(final({ ...five, floor: 2 }, { a: 1, b: undefined })).toBe('no-agreement');
    expect(final({ ...five, floor: 2, threshold: 1 }, { a: 1, b: undefined, c: 2 })).toBe('tie');
    expect(final({ ...five, floor: 2, threshold: 1 }, { a: 1, b: undefined, c: 1 })).toBe('required');
  });

  it('the first counts that is certain while some are missing [Q4.14]', () => {
    const live = { electorate: { live: { min: 2, max: 9 } }, floor: 3, required: ['z'] };
    const rule = early(live);
    const tally = new Tally(rule, 5, new Set(['a', 'b']));
    expect(text(tally.certain({ count: 2, weight: 2 })), 'too few, and none of them z').toBe('floor');
    const said = { b: undefined, c: 1, d: 2, e: 3 };
    expect(certain(early({ ...five, floor: 2, threshold: 3 }), said), 'b has abstained as well').toBe(
      'no-agreement',
    );
    expect(certain(early({ ...five, floor: 2, threshold: 2 }), said)).toBe('required');
  });
});

describe('a holder of a veto who is no elector [Q4.17]', () => {
  it('is not waited for', () => {
    const rule = early({ electorate: { live: { min: 2, max: 3 } }, veto: ['a', 'z'] });
    const tally = new Tally(rule, 5, new Set(agents));
    for (const agent of ['a', 'b']) tally.add(proposal(rule, agent, 7));
    expect(text(tally.certain({ count: 3, weight: 3 }))).toBe('7');
  });
});

describe('a change of mind [Q4.24]', () => {
  it('leaves the count that there would be without the first proposal', () => {
    const rule = seats({ threshold: 2, electorate: { size: 7 } });
    const tally = tallyOf(rule, { a: 1, b: 1, c: 1, d: 2, e: 3, f: 3 });
    tally.remove(proposal(rule, 'a', 1));
    tally.add(proposal(rule, 'a', 2));
    expect(text(tally.final(eligibleIn(rule)))).toBe('tie');
    tally.remove(proposal(rule, 'b', 1));
    tally.add(proposal(rule, 'b', 3));
    expect(text(tally.final(eligibleIn(rule)))).toBe('3');
    tally.add(proposal(rule, 'g', undefined));
    expect(tally.present).toBe(7);
    tally.remove(proposal(rule, 'g', undefined));
    tally.add(proposal(rule, 'g', 2));
    expect(text(tally.final(eligibleIn(rule)))).toBe('tie');
  });
});

describe('a change of mind of somebody who is required [Q4.16] [Q4.24]', () => {
  it('takes away the support it gave, and no other', () => {
    const rule = early({ required: ['a', 'b'], revote: true, minWait: 1 });
    const tally = tallyOf(rule, { a: 7, b: 7, c: 1 });
    expect(text(tally.final(eligibleIn(rule)))).toBe('7');
    tally.remove(proposal(rule, 'b', 7));
    tally.add(proposal(rule, 'b', 1));
    expect(text(tally.final(eligibleIn(rule)))).toBe('required');
    tally.remove(proposal(rule, 'a', 7));
    tally.add(proposal(rule, 'a', 1));
    expect(text(tally.final(eligibleIn(rule)))).toBe('1');
  });
});

describe('who is asked [Q4.4]', () => {
  const board = { role: 'board', agents: ['a', 'b'], threshold: 'unanimous' };
  const people = { role: 'people', agents: ['c', 'd', 'e'], threshold: 1 };
  const asked = (rule: Body, said: Said) => {
    const whole = early({ electorate: { all: [board], else: people }, ...rule });
    return ['a', 'b', 'c', 'd', 'e']
      .filter(tallyOf(whole, said).asked(eligibleIn(whole), new Set()))
      .join('');
  };

  it('is nobody after else before it is needed, but for holders of a veto and the required', () => {
    expect(asked({}, { a: 7 })).toBe('ab');
    expect(asked({}, { a: 7, b: 1 })).toBe('abcde');
    expect(asked({ veto: ['d'], required: ['e'] }, { a: 7 })).toBe('abde');
  });

  it('is everybody while the floor is not met [Q4.7]', () => {
    expect(asked({ floor: 2 }, { a: 7 })).toBe('abcde');
    expect(asked({ floor: 2 }, { a: 7, c: 1 })).toBe('ab');
  });

  it.each<[string, Body]>([
    ['equal values', {}],
    ['near numbers', { equality: { tolerance: 1 } }],
  ])('by a rule for %s is every elector, to the last', (_, rule) => {
    const whole = early(rule);
    const tally = tallyOf(whole, { a: 7, b: 7 });
    expect(agents.every(tally.asked(eligibleIn(whole), new Set()))).toBe(true);
  });
});

describe('what stands at the top of a mixed electorate', () => {
  const models = { role: 'model', agents: ['a', 'b', 'c'], threshold: 2 };
  const ci = { role: 'ci', agents: ['d'], threshold: 1 };
  const person = { role: 'person', agents: ['e'], threshold: 1 };
  const top = (electorate: Json, said: Said) => {
    const rule = early({ electorate });
    return tallyOf(rule, said).top(eligibleIn(rule));
  };

  it('is what satisfies the part that decides, with its agents alone', () => {
    const escalating = { all: [models, ci], else: person };
    expect(top(escalating, { a: 1, b: 1, c: 1, d: 1, e: 2 })).toEqual({ most: 4, tied: 1 });
    expect(top(escalating, { a: 1, b: 1, d: 2, e: 2 })).toEqual({ most: 1, tied: 1 });
  });

  it('is what has most agents behind it where nothing satisfies the part', () => {
    const whole = { all: [{ ...models, agents: ['a', 'b', 'c', 'd', 'e'], threshold: 'unanimous' }] };
    expect(top(whole, { a: 2, b: 2, c: 3, d: 3, e: 1 })).toEqual({ most: 2, tied: 2 });
    expect(top(whole, {})).toEqual({ most: 0, tied: 0 });
  });

  it('can still win, or not', () => {
    const rule = early({ electorate: { all: [{ ...models, threshold: 3, agents: ['a', 'b', 'c', 'd'] }] } });
    const tally = tallyOf(rule, { a: 1, b: 1, c: 2 });
    const canWin = (text: string) => tally.canWin({ value: text, classText: text }, eligibleIn(rule));
    expect([canWin('1'), canWin('2')]).toEqual([true, false]);
  });
});
