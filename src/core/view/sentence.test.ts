import { describe, expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { enough } from '../../../test/judge/threshold.ts';
import type { Json, Outcome } from '../types.ts';
import { explainOutcome } from './explain.ts';

const names = ['ann', 'bob', 'cyd', 'dan'];
const words = ['tea', ' Tea', 'milk', 'Veto', false];
const numbers = [1, 1.5, 2, 7];

/** A round of a random rule, ended by its proposals, a timer or a hand. */
function randomRound(seed: number): Outcome {
  const random = randomFrom(seed);
  const some = (...options: Json[]): Json => pick(random, options);
  const chance = (share: number): boolean => random() < share;
  const tolerant = chance(0.3);
  const rule: { [name: string]: Json } = {
    electorate: some({ agents: names }, { size: 4 }),
    threshold: some(1, 2, 'majority', 'two-thirds', 'unanimous'),
    of: some('eligible', 'present', 'cast'),
    floor: some(1, 1, 2, 3),
    equality: tolerant ? { tolerance: some(0, 0.5, 1) as number } : some('exact', 'text'),
    close: some('all', 'early'),
    tie: some('fail', 'seeded', { priority: tolerant ? [2, 7] : ['milk', 'tea'] }),
    deadline: 1000,
    onDeadline: some('fail', 'decide', { default: tolerant ? 2 : 'milk' }),
    veto: pick(random, [[], [], ['bob'], ['ann', 'cyd']]),
    required: pick(random, [[], [], ['ann'], ['bob', 'dan']]),
    reveal: some('close', 'live', 'never'),
    next: 'manual',
  };
  if ('agents' in (rule.electorate as object)) rule.weights = some(null, { ann: 3, bob: 2 });
  const room = new TestGroup({ rule });
  const open = (): boolean => room.group.open !== null;
  for (const agent of names) {
    if (!open() || chance(0.15)) continue;
    room.propose(agent, chance(0.1) ? undefined : pick<Json>(random, tolerant ? numbers : words));
  }
  if (open()) {
    if (chance(0.5)) room.after(1000);
    else room.close(1);
  }
  return room.group.closed.get(1) as Outcome;
}

/** What stands together under the rule, by the letter of the protocol: each value's, or each window's, weight and agents. */
function camps({ rule, proposals }: Outcome): { weight: number; agents: string[] }[] {
  const cast = [...proposals.values()].flatMap(({ agent, value }) =>
    value === null ? [] : [{ agent, value: JSON.parse(value) as Json, weight: rule.weights?.[agent] ?? 1 }],
  );
  const { equality } = rule;
  const alike = (value: Json): Json =>
    equality === 'text' && typeof value === 'string' ? value.trim().toLowerCase() : value;
  const together = (begin: Json) =>
    cast.filter(({ value }) =>
      typeof equality === 'object' && 'tolerance' in equality
        ? Number(value) >= Number(begin) && Number(value) - Number(begin) <= equality.tolerance
        : alike(value) === alike(begin),
    );
  return [...new Set(cast.map(({ value }) => alike(value)))].map((value) => {
    const agents = together(value);
    return {
      weight: agents.reduce((sum, { weight }) => sum + weight, 0),
      agents: agents.map(({ agent }) => agent),
    };
  });
}

/** What the sentence on a closed round must name, from its reason and its numbers alone. */
function mustName(outcome: Outcome): (string | RegExp)[] {
  const { rule, state, reason, proposals, eligible } = outcome;
  const named: (string | RegExp)[] = [];
  if (reason === 'deadline') named.push('the deadline passed');
  if (reason === 'closed-by-hand') named.push('closed by hand');
  const turnout = `${proposals.size} of ${eligible} proposed`;
  if (state === 'SUCCESS' && reason === 'deadline' && typeof rule.onDeadline === 'object')
    return [...named, 'default', turnout];
  const total = names.reduce((sum, agent) => sum + (rule.weights?.[agent] ?? 1), 0);
  const said = (weight: number) =>
    rule.weights === null
      ? ` ${weight} of ${eligible} proposed`
      : `agents weighing ${weight} of ${total} proposed`;
  const vetoers = rule.veto.filter((agent) => {
    const value = JSON.parse(proposals.get(agent)?.value ?? 'null') as Json;
    return value === false || value === 'veto' || (rule.equality === 'text' && value === 'Veto');
  });
  if (state === 'FAILED' && vetoers.length > 0)
    return [...named, 'vetoed', ...(rule.reveal === 'never' ? [] : vetoers)];
  if (reason === 'required') return [...named, ...rule.required, 'must stand behind'];
  const all = camps(outcome);
  const most = Math.max(0, ...all.map(({ weight }) => weight));
  const top = all.filter(({ weight }) => weight === most);
  const apart = !top.some(({ agents }) =>
    top.every((other) => other.agents.some((one) => agents.includes(one))),
  );
  if (state === 'SUCCESS') {
    if (top.length > 1 && apart)
      named.push(rule.tie === 'seeded' ? `seed ${outcome.seed} ` : "the rule's list");
    return [...named, said(most).trim()];
  }
  if (reason === 'no-agreement') return [...named, said(most), 'no value can have enough'];
  if (state === 'FAILED' && proposals.size < Number(rule.floor))
    return [...named, turnout, `the floor of ${rule.floor}`];
  const present = [...proposals.values()];
  const weigh = (some: typeof present) =>
    some.reduce((sum, { agent }) => sum + (rule.weights?.[agent] ?? 1), 0);
  const cast = present.filter(({ value }) => value !== null);
  const whole = { eligible: total, present: weigh(present), cast: weigh(cast) }[rule.of];
  if (!enough(rule.threshold, most, whole)) return [...named, 'without agreement', said(most)];
  if (top.length > 1 && apart && reason === 'tie') return ['a tie', `weigh ${most} each`];
  return named;
}

describe('the sentence on a closed round [Q4.26]', () => {
  it('names whatever decided, as its reason and its numbers have it [Q4.15] [Q4.16] [Q4.17]', () => {
    const first = seedOfRun();
    const met = new Set<string>();
    for (let seed = first; seed < first + 2000; seed += 1) {
      const outcome = randomRound(seed);
      const { sentence, seed: drawn } = explainOutcome({ name: 'g' } as never, outcome);
      const again = `SEED=${seed} npx vitest run src/core/view/sentence.test.ts`;
      met.add(`${outcome.state} ${outcome.reason} ${outcome.verdict.failed}`);
      const shown = ` ${sentence}`;
      for (const part of mustName(outcome))
        expect(
          shown,
          `${again}\n${JSON.stringify(outcome.rule)} ${JSON.stringify([...outcome.proposals.values()])}`,
        ).toMatch(part);
      expect(drawn).toBe(outcome.seed);
    }
    expect(met.size, [...met].join()).toBeGreaterThan(15);
  });
});
