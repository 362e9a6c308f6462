import { describe, expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { canonical } from '../json.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Json, Rule } from '../types.ts';
import type { Answer } from './count.ts';
import { proposalOf } from './proposal.ts';
import { Tally } from './tally.ts';

type Body = { readonly [name: string]: Json };

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `a${i}`);

function early(count: number, body: Body): Rule {
  return settingsOf({ rule: { electorate: { agents: names(count) }, close: 'early', ...body } }).rule;
}

const seed = 5;

/** What is certain once these agents have proposed, the first of them the first value; undefined: an abstention. */
function certain(rule: Rule, said: readonly (Json | undefined)[], drawnWith = seed): string {
  return text(tallyOf(rule, said, drawnWith).certain(eligible(rule)));
}

function tallyOf(rule: Rule, said: readonly (Json | undefined)[], drawnWith = seed): Tally {
  const tally = new Tally(rule, drawnWith, new Set(agentsIn(rule)));
  said.forEach((value, i) => {
    tally.add(proposalOf(rule.equality, `a${i}`, value === undefined ? null : canonical(value)));
  });
  return tally;
}

function agentsIn({ electorate }: Rule): readonly string[] {
  return 'agents' in electorate
    ? electorate.agents
    : names(new Set(JSON.stringify(electorate).match(/"a\d"/g)).size);
}

function eligible(rule: Rule): { count: number; weight: number } {
  const agents = agentsIn(rule);
  return {
    count: agents.length,
    weight: agents.reduce((sum, agent) => sum + weightOf(rule.weights, agent), 0),
  };
}

function text(answer: Answer): string {
  return answer.is === 'open' ? 'open' : answer.is === 'won' ? answer.value : answer.reason;
}

const yes = 'approve';
const no = 'reject';
const gate = (body: Body = {}): Rule => early(10, { options: [yes, no], wins: [yes], threshold: 2, ...body });
const panels = (body: Body = {}): Rule => {
  const panel = { role: 'all', agents: names(10), threshold: 2 };
  return settingsOf({
    rule: { electorate: { all: [panel] }, close: 'early', options: [yes, no], wins: [yes], ...body },
  }).rule;
};

describe('one value that can win [Q4.33]', () => {
  it.each([
    ['an electorate', gate()],
    ['a panel', panels()],
    ['texts', gate({ equality: 'text' })],
  ])('of %s is decided by as many as the threshold, whatever the others say', (_, rule) => {
    expect(certain(rule, [yes])).toBe('open');
    expect(certain(rule, [yes, yes])).toBe('"approve"');
    expect(certain(rule, [no, no, no, no, no, no, no, yes])).toBe('open');
    expect(certain(rule, [no, no, no, no, no, no, no, no])).toBe('open');
    expect(certain(rule, [no, no, no, no, no, no, no, no, yes, yes])).toBe('"approve"');
    expect(certain(rule, [no, no, no, no, no, no, no, no, no])).toBe('no-agreement');
  });

  it('counts what cannot win in the denominator and as cast, and nowhere else [Q4.6]', () => {
    const most = gate({ threshold: 'majority', of: 'cast' });
    expect(text(tallyOf(most, [yes, yes, no]).final(eligible(most)))).toBe('"approve"');
    expect(text(tallyOf(most, [yes, yes, no, no]).final(eligible(most)))).toBe('no-agreement');
    expect(text(tallyOf(most, [yes, undefined, undefined]).final(eligible(most)))).toBe('"approve"');
    const parts = panels({ of: 'cast' });
    const tally = tallyOf(parts, [yes, no, no]);
    expect(tally.top(eligible(parts))).toEqual({ most: 1, tied: 1 });
    tally.remove(proposalOf('exact', 'a1', canonical(no)));
    expect(tally.present).toBe(2);
    expect(tallyOf(gate(), [no, no, no]).top(eligible(gate()))).toEqual({ most: 0, tied: 0 });
  });

  it('waits for the floor of values, and for who may still veto [Q4.7] [Q4.17]', () => {
    const floor = gate({ floor: { present: 2, cast: 3 } });
    expect(certain(floor, [yes, yes])).toBe('open');
    expect(certain(floor, [yes, yes, no])).toBe('"approve"');
    const abstained = Array<undefined>(8).fill(undefined);
    expect(certain(floor, abstained)).toBe('floor');
    expect(certain(floor, abstained.slice(1))).toBe('open');
    expect(certain(gate({ veto: ['a9'] }), [yes, yes])).toBe('open');
    expect(certain(gate({ veto: ['a0'] }), [yes, yes])).toBe('"approve"');
  });

  it('fails as soon as a required agent backs another [Q4.16]', () => {
    const rule = gate({ required: ['a0', 'a1'] });
    expect(certain(rule, [no])).toBe('required');
    expect(certain(rule, [yes])).toBe('open');
    expect(certain(rule, [yes, yes])).toBe('"approve"');
    expect(certain(panels({ required: ['a0'] }), [no])).toBe('required');
    expect(certain(panels({ required: ['a0'] }), Array<string>(9).fill(no)), 'and too few are left').toBe(
      'no-agreement',
    );
  });
});

describe('several values that can win [Q4.33]', () => {
  const four = (body: Body): Rule =>
    early(4, { options: ['a', 'b', 'c'], wins: ['a', 'b'], threshold: 2, ...body });
  const said = ['a', 'a'];

  it('have rivals without votes, and the tie with those is known by name', () => {
    expect(certain(four({}), said)).toBe('open');
    expect(certain(four({ tie: { priority: ['a', 'b'] } }), said)).toBe('"a"');
    expect(certain(four({ tie: { priority: ['b'] } }), said)).toBe('open');
    expect(certain(four({ tie: { priority: ['a'] } }), said)).toBe('"a"');
    const drawn = Array.from({ length: 20 }, (_, i) => {
      const rule = four({ tie: 'seeded' });
      const final = text(tallyOf(rule, ['a', 'a', 'b', 'b'], i).final(eligible(rule)));
      expect(certain(rule, said, i), 'decided exactly if the draw is its').toBe(
        final === '"a"' ? final : 'open',
      );
      return final;
    });
    expect(new Set(drawn)).toEqual(new Set(['"a"', '"b"']));
  });

  it('are not beaten, tied or shifted by one that cannot [Q4.15]', () => {
    const rule = four({ tie: 'seeded' });
    const final = (said: readonly Json[], by: Rule = rule): string =>
      text(tallyOf(by, said).final(eligible(by)));
    expect(final(['a', 'a', 'c', 'c'], four({}))).toBe('"a"');
    expect(final(['a', 'b', 'c', 'c'], four({ threshold: 1 }))).toBe('tie');
    expect(final(['c', 'c', 'c', 'c'])).toBe('no-agreement');
    expect(tallyOf(rule, ['a', 'c', 'c']).canWin({ value: '"c"', classText: '"c"' }, eligible(rule))).toBe(
      false,
    );
    expect(tallyOf(rule, ['a', 'c']).canWin({ value: '"b"', classText: '"b"' }, eligible(rule))).toBe(true);
  });

  it('may be vetoes where nobody says what wins; who must back the winner cannot back those [Q4.17]', () => {
    const rule = early(5, { options: [false, true], veto: ['a4'], required: ['a4'], threshold: 2 });
    expect(certain(rule, [false, false]), 'for true').toBe('open');
    expect(certain(rule, [false, false, false, true])).toBe('required');
    expect(
      certain(early(3, { options: [false, 'veto'], veto: ['a2'], required: ['a2'], threshold: 1 }), [false]),
    ).toBe('required');
  });
});

it('the decision is the spelling of the option, under every equality [Q4.32]', () => {
  const decided = (equality: Json, options: Json[], said: Json): string =>
    certain(early(3, { equality, options, wins: [options[0] as Json], threshold: 1 }), [said]);
  expect(decided('text', ['Ship It', 'Hold'], 'Ship It')).toBe('"Ship It"');
  expect(decided({ set: true }, [['b', 'a'], []], ['b', 'a'])).toBe('["b","a"]');
  expect(decided('exact', [{ b: 1, a: 2 }, 1], { a: 2, b: 1 })).toBe('{"a":2,"b":1}');
});

describe('early answers', () => {
  const values = ['a', 'b', 'c', undefined];

  function randomRule(random: () => number): Rule {
    const wins = pick<Json>(random, [null, ['a'], ['a', 'b'], ['b', 'c']]);
    const may = Array.isArray(wins) ? wins : ['a', 'b', 'c'];
    const tie = pick<Json>(random, ['fail', 'seeded', { priority: may }, { priority: may.slice(-1) }]);
    const body: { [name: string]: Json } = { options: ['a', 'b', 'c'], wins, tie };
    body.of = pick(random, ['eligible', 'present', 'cast']);
    body.equality = pick(random, ['exact', 'text']);
    if (random() < 0.3) body.required = pick<Json>(random, [['a0'], ['a3'], ['a0', 'a1']]);
    if (random() < 0.3) {
      const panel = (agents: string[], threshold: Json): Json => ({ role: 'r', agents, threshold });
      const parts = [panel(['a0', 'a1', 'a2'], pick(random, [1, 2, 'majority'])), panel(['a2', 'a3'], 1)];
      const [first, second] = parts as [Json, Json];
      body.electorate = pick<Json>(random, [{ all: parts }, { any: parts }, { all: [first], else: second }]);
      return early(4, body);
    }
    body.threshold = pick<Json>(random, [1, 2, 3, 'majority', 'unanimous', { num: 1, den: 3, strict: true }]);
    if (random() < 0.4) body.weights = { a1: 2, a2: 3 };
    if (random() < 0.3) body.floor = { present: 2, cast: 2 };
    return early(4, body);
  }

  /** How the round can end, over everything that the missing can do. */
  function endings(rule: Rule, said: readonly (Json | undefined)[], drawnWith: number): Set<string> {
    if (said.length === 4) {
      const final = tallyOf(rule, said, drawnWith).final(eligible(rule));
      return new Set([final.is === 'won' ? final.value : 'lost']);
    }
    return new Set(values.flatMap((value) => [...endings(rule, [...said, value], drawnWith)]));
  }

  it('are what every completion gives, and come at the first moment at which all give the same [Q4.12] [Q4.33]', () => {
    const runSeed = seedOfRun();
    const random = randomFrom(runSeed);
    const seen = { open: 0, won: 0, lost: 0 };
    for (let i = 0; i < 600; i += 1) {
      const rule = randomRule(random);
      const said = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, values));
      const tally = tallyOf(rule, said, i);
      const answer = tally.certain(eligible(rule));
      const all = endings(rule, said, i);
      seen[answer.is] += 1;
      const again = `SEED=${runSeed} npx vitest run src/core/tally/options.test.ts: ${JSON.stringify(rule)} after ${JSON.stringify(said)}`;
      if (answer.is === 'won') expect([...all], again).toEqual([answer.value]);
      if (answer.is === 'lost') expect([...all], again).toEqual(['lost']);
      const decidable = all.has('lost') || tally.isFloorMet;
      if (answer.is === 'open' && decidable) expect(all.size, again).toBeGreaterThan(1);
    }
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
  });
});
