import { describe, expect, it } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Group } from '../group/state.ts';
import type { Json } from '../types.ts';
import { explain } from './explain.ts';

/** A group under a rule after these proposals, in order. */
function groupAfter(rule: Json, proposals: readonly (readonly [string, Json])[]): Group {
  const room = new TestGroup({ rule });
  for (const [agent, value] of proposals) room.propose(agent, value);
  return room.group;
}

const gate = {
  electorate: { agents: ['a', 'b', 'c'] },
  threshold: 2,
  close: 'early',
  reveal: 'live',
  next: 'manual',
};

describe('explain, where a rule offers options [Q4.32] [Q4.33]', () => {
  const offered = {
    ...gate,
    options: [{ value: 'yes', label: 'Ship it' }, 'no', 'later'],
    wins: ['yes', 'later'],
  };

  it('names the options that can still win, proposed or not, and what they are called', () => {
    const told = explain(groupAfter(offered, [['a', 'later']]), 1);
    expect(told?.stillPossible).toEqual([
      { value: 'later', weight: 1 },
      { value: 'yes', label: 'Ship it', weight: 0 },
    ]);
    expect(told?.sentence).toBe(
      'waiting for b and c; 2 equal of 3 decide, and only Ship it and "later" can win',
    );
    expect(told?.pivotal).toEqual([
      { agent: 'b', by: [{ proposes: 'value', value: 'later', outcome: 'SUCCESS' }] },
      { agent: 'c', by: [{ proposes: 'value', value: 'later', outcome: 'SUCCESS' }] },
    ]);
  });

  it('says of a proposal what it would do under the name of its option, and never speaks of another value', () => {
    const by = explain(
      groupAfter({ ...offered, wins: ['yes'] }, [
        ['a', 'yes'],
        ['b', 'no'],
      ]),
      1,
    )?.pivotal?.[0]?.by;
    expect(by).toEqual([
      { proposes: 'value', value: 'yes', label: 'Ship it', outcome: 'SUCCESS' },
      { proposes: 'value', value: 'no', outcome: 'FAILED' },
      { proposes: 'value', value: 'later', outcome: 'FAILED' },
      { proposes: 'abstain', value: null, outcome: 'FAILED' },
    ]);
  });

  it.each<[string, object]>([
    ['within 0.5', { tolerance: 0.5 }],
    ['within 1/10', { relative: { num: 1, den: 10 } }],
    ['within 0.5 or 1/10', { tolerance: 0.5, relative: { num: 1, den: 10 } }],
  ])('says how near numbers must be: %s [Q4.40]', (words, equality) => {
    const told = explain(groupAfter({ ...gate, equality } as Json, []), 1);
    expect(told?.sentence).toBe(`waiting for a, b and c; 2 ${words} of 3 decide`);
  });

  it('says of a closed round how many stood behind what can win', () => {
    const closed = (rule: object, said: [string, Json][]): string | undefined =>
      explain(groupAfter({ ...offered, ...rule } as Json, said), 1)?.sentence;
    expect(
      closed({ wins: ['yes'] }, [
        ['a', 'no'],
        ['b', 'no'],
      ]),
    ).toBe(
      'no value can have enough: at most 0 of 3 proposed Ship it; 2 equal of 3 decide, and only Ship it can win',
    );
    expect(
      closed({}, [
        ['a', 'no'],
        ['b', 'no'],
      ]),
    ).toMatch(/at most 0 of 3 proposed the same value that can win;/);
    const panel = { role: 'models', agents: ['a', 'b'], threshold: 2 };
    const long = 'x'.repeat(50);
    const rule = { electorate: { all: [panel] }, options: [long, 'no'], wins: [long], threshold: undefined };
    const { threshold: _, ...mixed } = { ...offered, ...rule };
    expect(explain(groupAfter(mixed, [['a', 'no']]), 1)?.sentence).toBe(
      `no value can have enough: at most 0 of 2 proposed "${'x'.repeat(39)}...; models decide, each by its own threshold, and only "${'x'.repeat(39)}... can win`,
    );
  });

  it('looks ahead only as far as it takes no time to speak of: less far in windows of several panels', () => {
    const agents = Array.from({ length: 40 }, (_, i) => `a${i}`);
    const panel = (_: unknown, i: number): Json => ({ role: `p${i}`, agents, threshold: 40 });
    const electorate = { all: Array.from({ length: 16 }, panel) };
    const options = Array.from({ length: 30 }, (_, i) => i);
    const said = agents.slice(0, 32).map((agent): [string, Json] => [agent, 1]);
    const { threshold: _, ...mixed } = { ...gate, electorate, options };
    const possible = (equality: Json) => explain(groupAfter({ ...mixed, equality }, said), 1)?.stillPossible;
    expect(possible('exact')).toEqual([{ value: 1, weight: 32 }]);
    expect(possible({ tolerance: 1 })).toBeNull();
  });
});
