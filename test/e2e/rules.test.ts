import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonical } from '../../src/core/json.ts';
import type { Canonical, Json, Rule } from '../../src/core/types.ts';
import { ask, createGroup, listIn, problem, propose, raw, readRound } from '../conformance/http/ask.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { allows, judge } from '../judge/judge.ts';
import { countedValue, objectionsTo } from '../judge/sameness.ts';
import { statsOf } from '../judge/stats.ts';
import { weightIn } from '../judge/threshold.ts';
import type { Ballot, Verdict } from '../judge/types.ts';
import { anyPlan, type Plan } from './rule-plans.ts';

/**
 * The rule table over HTTP: random rules, ballots and waivers on a real server, against the judge that works every outcome
 * out from the whole set of ballots. Rounds: RULE_ROUNDS; a failure names the seed that repeats it: RULE_SEED.
 */
const rounds = Number(process.env.RULE_ROUNDS ?? 400);
const seed = Number(process.env.RULE_SEED ?? Date.now() % 1_000_000_000);

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
  `any rule gives over HTTP what its ballots amount to (${rounds} rounds) [Q4.9] [Q4.12] [Q4.33] [Q4.37] [Q5.17]`,
  async () => {
    const seen = { SUCCESS: 0, FAILED: 0, early: 0, refused: 0, waived: 0, figures: 0 };
    const report = await fc.check(
      fc.asyncProperty(anyPlan, async (plan) => {
        fc.pre(plan !== null);
        if (plan === null) return;
        const played = await play(server.url, plan);
        check(plan, played);
        seen[played.state] += 1;
        seen.refused += played.refused;
        if (played.waived.length > 0) seen.waived += 1;
        if (played.stats !== null) seen.figures += 1;
        if (played.taken.length < played.due.length) seen.early += 1;
      }),
      { seed, numRuns: rounds, maxSkipsPerRun: 10_000 },
    );
    if (report.failed) {
      const again = `RULE_SEED=${seed} RULE_ROUNDS=${rounds} npx vitest run test/e2e/rules.test.ts`;
      const found = JSON.stringify(report.counterexample?.map((plan) => ({ ...plan, rule: undefined })));
      throw new Error(`again: ${again}\n${found}\n${report.errorInstance ?? ''}`);
    }
    console.info(`of ${rounds} rounds: ${JSON.stringify(seen)}`);
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(rounds / 50);
  },
  60_000 + rounds * 60,
);

interface Played {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: string | null;
  readonly value: Canonical | null;
  readonly stats: Json;
  /** The ballots that all electors who are left would have cast, and those that were taken before the round closed. */
  readonly due: readonly Ballot[];
  readonly taken: readonly Ballot[];
  readonly waived: readonly string[];
  readonly refused: number;
}

async function play(url: string, { written, rule, ballots, waiver }: Plan): Promise<Played> {
  const group = await createGroup(url, written);
  const waived: string[] = [];
  const due: Ballot[] = [];
  const taken: Ballot[] = [];
  let isOpen = true;
  let refused = 0;
  for (const [i, ballot] of ballots.entries()) {
    if (isOpen && waiver?.after === i && (await isWaived(url, group, waiver.agent)))
      waived.push(waiver.agent);
    const { agent } = ballot;
    const against = objectionsTo(rule, agent, ballot.value);
    const value = against.length > 0 ? null : ballot.value;
    if (waived.includes(agent)) {
      const reply = await put(url, group, ballot);
      problem(reply, [403, 409, 422]);
      continue;
    }
    due.push({ agent, value });
    if (!isOpen) continue;
    if (against.length > 0) {
      const reply = await put(url, group, ballot);
      const { code } = reply.status === 409 ? { code: 'round-closed' } : problem(reply, 422);
      expect([...against, 'round-closed'], reply.story).toContain(code);
      refused += 1;
    }
    const reply = await put(url, group, { agent, value });
    isOpen = reply.status !== 409;
    if (!isOpen) continue;
    expect(reply.status, reply.story).toBe(201);
    taken.push({ agent, value });
  }
  await checkList(url, group, rule, taken);
  const { state, reason, value, stats } = await readRound(url, group, 1);
  if (state !== 'SUCCESS' && state !== 'FAILED') throw new Error(`the round is ${state} after every ballot`);
  const decided = state === 'SUCCESS' ? canonical(value as Json) : null;
  return { state, reason, value: decided, stats: stats as Json, due, taken, waived, refused };
}

function put(url: string, group: string, { agent, value }: Ballot) {
  const said = value === null ? { abstain: true } : { value: JSON.parse(value) as Json };
  return propose(url, group, 1, agent, raw(JSON.stringify({ ...said, ...noteOf(agent) })));
}

/** Some say why. */
function noteOf(agent: string): { readonly note?: string } {
  return agent < 'c' ? { note: `${agent} thinks so` } : {};
}

/** What was taken is listed in that order: as what it counts, with its note, or as what is never shown. [Q5.17] */
async function checkList(url: string, group: string, rule: Rule, taken: readonly Ballot[]): Promise<void> {
  const reply = await ask(url, 'GET', `/v1/groups/${group}/rounds/1/proposals`);
  const listed = listIn<{ agent: string; value?: Json; abstain?: true; note?: string | null }>(reply);
  const has = listed.map(({ agent, value, abstain, note }) => ({ agent, value, abstain, note }));
  const due = taken.map(({ agent, value }) => {
    if (rule.reveal === 'never') return { agent };
    const counted = countedValue(rule, value);
    const said = counted === null ? { abstain: true } : { value: JSON.parse(counted) as Json };
    return { agent, ...said, note: noteOf(agent).note ?? null };
  });
  expect(has, reply.story).toEqual(due);
}

async function isWaived(url: string, group: string, agent: string): Promise<boolean> {
  const path = `/v1/groups/${group}/rounds/1/waivers/${agent}`;
  const reply = await ask(url, 'PUT', path, { reason: 'on holiday' });
  if (reply.status === 201 || reply.status === 200) return true;
  problem(reply, [403, 409, 422]);
  return false;
}

/** An early end must be the end that all ballots together would have come to. */
function check({ rule }: Plan, played: Played): void {
  const { state, reason, value, due: ballots, taken, waived } = played;
  const { electorate } = rule;
  const mixed = !('size' in electorate || 'agents' in electorate);
  // Those after `else` are not waited for where the others agree.
  if (rule.close === 'all' && !mixed) expect(taken).toEqual(ballots);
  const counted = rule.close === 'all' ? taken : ballots;
  const weight = ballots.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0);
  const due = judge(rule, { count: ballots.length, weight, waived }, counted);
  const text = `${state} ${reason} ${value}, due ${JSON.stringify(due)}`;
  if (!allows(due, value)) throw new Error(text);
  if (rule.close === 'all' && !reasonsOf(due).includes(reason ?? '')) throw new Error(text);
  const stats = statsOf(rule, taken);
  const figures =
    stats && Object.fromEntries(Object.entries(stats).map(([name, one]) => [name, Number(one)]));
  expect(played.stats, text).toEqual(figures);
}

function reasonsOf(verdict: Verdict): string[] {
  if (verdict.state === 'FAILED') return [verdict.why];
  return verdict.mayFail ? ['agreed', 'required'] : ['agreed'];
}
