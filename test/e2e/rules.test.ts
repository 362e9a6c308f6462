import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonical } from '../../src/core/json.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Canonical, Json, Rule } from '../../src/core/types.ts';
import { abstain, createGroup, propose, readRound } from '../conformance/http/ask.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { allows, judge } from '../judge/judge.ts';
import { weightIn } from '../judge/threshold.ts';
import type { Ballot } from '../judge/types.ts';

/**
 * The rule table over HTTP: random rules and ballots on a real server, against the judge that works every outcome out
 * from the whole set of ballots. Rounds: RULE_ROUNDS; a failure names the seed that repeats it: RULE_SEED.
 */
const rounds = Number(process.env.RULE_ROUNDS ?? 400);
const seed = Number(process.env.RULE_SEED ?? Date.now() % 1_000_000_000);

const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];
const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
const models = panel('models', ['ann', 'bob', 'cyd'], 2);

const some = (...options: Json[]) => fc.constantFrom(undefined, undefined, ...options);
const ruleOf = fc.record({
  electorate: fc.constantFrom<Json>(
    { size: 1 },
    { size: 2 },
    { size: 3 },
    { size: 4 },
    { size: 5 },
    { agents: names.slice(0, 2) },
    { agents: names.slice(0, 3) },
    { agents: names.slice(0, 4) },
    { agents: names },
    { all: [models, panel('ci', ['dan'], 1)], else: panel('person', ['eve'], 1) },
    { any: [models, panel('people', ['dan', 'eve'], 'unanimous')] },
    { atLeast: 2, of: [models, panel('ci', ['dan'], 1), panel('person', ['eve'], 1)] },
  ),
  threshold: some(1, 2, 3, 'two-thirds', 'unanimous', { num: 1, den: 2, strict: false }, 0.75),
  of: some('present', 'cast'),
  floor: some(2, 3),
  equality: some('text', { tolerance: 0.5 }),
  weights: some({ ann: 2 }, { ann: 3, bob: 2 }),
  close: some('early', 'early'),
  tie: some('seeded', { priority: ['no', 1] }),
  reveal: some('live'),
  veto: some(['ann']),
  required: some(['bob'], ['ann', 'bob']),
});

const ballotsOf = fc.record({
  order: fc.shuffledSubarray(names, { minLength: names.length }),
  values: fc.array(fc.constantFrom<Json | undefined>('yes', 'yes', ' YES', 'no', false, 1, 1.4, undefined), {
    minLength: names.length,
    maxLength: names.length,
  }),
});

let server: Server;
const folder = temporaryFolder();

beforeAll(async () => {
  server = await startServer(['--data', folder.path]);
});

afterAll(async () => {
  await server.stop();
  folder.remove();
});

it(
  `any rule gives over HTTP what its ballots amount to (${rounds} rounds) [Q4.9] [Q4.12]`,
  async () => {
    const seen = { SUCCESS: 0, FAILED: 0, early: 0 };
    const report = await fc.check(
      fc.asyncProperty(ruleOf, ballotsOf, async (drawn, { order, values }) => {
        const written = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
        const settings = parseSettings({ rule: { next: 'manual', ...written } as Json });
        fc.pre(settings.ok);
        if (!settings.ok) return;
        const { rule } = settings.settings;
        const ballots = ballotsFor(rule, order, values);
        fc.pre(ballots !== null);
        const accepted = await play(server.url, { ...written, next: 'manual' } as Json, ballots ?? []);
        check(rule, ballots ?? [], accepted);
        seen[accepted.state] += 1;
        if (accepted.taken < (ballots ?? []).length) seen.early += 1;
      }),
      { seed, numRuns: rounds, maxSkipsPerRun: 10_000 },
    );
    if (report.failed) {
      const again = `RULE_SEED=${seed} RULE_ROUNDS=${rounds} npx vitest run test/e2e/rules.test.ts`;
      throw new Error(
        `again: ${again}\n${JSON.stringify(report.counterexample)}\n${report.errorInstance ?? ''}`,
      );
    }
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(rounds / 50);
  },
  60_000 + rounds * 50,
);

/** A ballot of each elector in the order of arrival; null where the values cannot be compared under this rule. */
function ballotsFor(rule: Rule, order: readonly string[], values: readonly (Json | undefined)[]) {
  const { electorate, equality } = rule;
  const named = order.filter((name) => JSON.stringify(electorate).includes(`"${name}"`));
  const speakers = 'size' in electorate ? order.slice(0, electorate.size) : named;
  const ballots = speakers.map((agent): Ballot => {
    const value = values[names.indexOf(agent)];
    return { agent, value: value === undefined ? null : canonical(value) };
  });
  const numeric = ballots.every(({ value }) => value === null || typeof JSON.parse(value) === 'number');
  return typeof equality === 'object' && !numeric ? null : ballots;
}

interface Played {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly value: Canonical | null;
  /** How many ballots were taken before the round closed. */
  readonly taken: number;
}

async function play(url: string, rule: Json, ballots: readonly Ballot[]): Promise<Played> {
  const group = await createGroup(url, rule);
  let taken = 0;
  for (const { agent, value } of ballots) {
    const reply = await propose(url, group, 1, agent, value === null ? abstain : JSON.parse(value));
    if (reply.status === 409) break;
    expect(reply.status, reply.story).toBe(201);
    taken += 1;
  }
  const { state, value } = await readRound(url, group, 1);
  if (state !== 'SUCCESS' && state !== 'FAILED') throw new Error(`the round is ${state} after every ballot`);
  return { state, value: state === 'SUCCESS' ? canonical(value as Json) : null, taken };
}

/** An early end must be the end that all ballots together would have come to. */
function check(rule: Rule, ballots: readonly Ballot[], { state, value, taken }: Played): void {
  const { electorate } = rule;
  const mixed = !('size' in electorate || 'agents' in electorate);
  // Those after `else` are not waited for where the others agree.
  if (rule.close === 'all' && !mixed) expect(taken).toBe(ballots.length);
  const counted = rule.close === 'all' ? ballots.slice(0, taken) : ballots;
  const weight = ballots.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0);
  const due = judge(rule, { count: ballots.length, weight }, counted);
  if (!allows(due, value))
    throw new Error(`${JSON.stringify(rule)}: ${state} ${value}, due ${JSON.stringify(due)}`);
}
