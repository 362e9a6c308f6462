import { expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Json, Rule } from '../types.ts';
import { proposalOf } from './proposal.ts';
import { couldWin } from './reach.ts';
import type { Eligible } from './roll-call.ts';
import { Tally } from './tally.ts';

const agents = ['a', 'b', 'c', 'd', 'e', 'f'];
type Ballots = ReadonlyMap<string, string | null>;

function randomRule(random: () => number): Rule {
  const some = () => agents.filter(() => random() < 0.6);
  const panel = () => {
    const members = some();
    if (members.length === 0) members.push('a');
    const threshold: Json = pick(random, ['majority', 'unanimous', 'two-thirds', 1]);
    return { role: 'r', agents: members, threshold };
  };
  const parts = [panel(), panel()];
  const mixed: Json = pick(random, [{ all: parts }, { any: parts }, { all: [panel()], else: panel() }]);
  const isMixed = random() < 0.5;
  const rule: Record<string, Json> = {
    electorate: isMixed ? mixed : { agents },
    of: pick(random, ['eligible', 'present', 'cast']),
    tie: pick(random, ['fail', 'seeded', { priority: [2, 1] }]),
    floor: 1,
  };
  const roster = isMixed ? rosterIn(mixed) : agents;
  if (random() < 0.3) rule.veto = roster.slice(0, 1);
  if (random() < 0.3) rule.required = roster.slice(-1);
  rule.floor = 1 + Math.floor(random() * Math.min(2, roster.length));
  if (!isMixed) {
    rule.threshold = pick(random, ['majority', 'unanimous', 2, 3]);
    if (random() < 0.4) rule.weights = { a: 3, b: 2 };
  }
  const numbers = random() < 0.4;
  if (numbers) {
    const near = { tolerance: 0.5, relative: { num: 1, den: 3 } };
    rule.equality = pick(random, [{ tolerance: 1 }, near, { field: '/n', by: { tolerance: 1 } }]);
    if (!('field' in (rule.equality as object))) rule.decide = pick(random, ['proposed', 'median', 'mean']);
    else rule.tie = 'fail';
  }
  if (!numbers && random() < 0.4) {
    rule.options = [1, 2, 'x'];
    rule.wins = pick(random, [[1], [1, 2]]);
    rule.tie = pick(random, ['fail', 'seeded']);
  }
  if (random() < 0.3) rule.floor = { present: 1, cast: 1 + Math.floor(random() * roster.length) };
  return settingsOf({ rule }).rule;
}

/** What agents may propose under this rule, as texts; null abstains. A veto only where it is one, or anything may be said. */
function valuesOf({ equality, options, veto }: Rule, agent: string): (string | null)[] {
  const texts = options === undefined ? ['1', '1', '2', '2.5', '7'] : ['1', '1', '2', '"x"'];
  const values = texts.map((text) =>
    typeof equality === 'object' && 'field' in equality ? `{"n":${text}}` : text,
  );
  const free = equality === 'exact' && options === undefined;
  return [...values, null, free || veto.includes(agent) ? 'false' : null];
}

/** The names in an electorate. */
function rosterIn(electorate: unknown): string[] {
  return [...new Set(JSON.stringify(electorate).match(/"[a-f]"/g))].map((text) => text.charAt(1));
}

interface Counted {
  readonly tally: Tally;
  readonly eligible: Eligible;
}

function counted(rule: Rule, ballots: Ballots, waived: readonly string[], waivedLast = false): Counted {
  const roster = rosterIn(rule.electorate);
  const tally = new Tally(rule, 7, new Set(roster));
  const waive = () => {
    for (const agent of waived) tally.waive(agent);
  };
  if (!waivedLast) waive();
  for (const [agent, value] of ballots) tally.add(proposalOf(rule.equality, agent, value));
  if (waivedLast) waive();
  const left = roster.filter((agent) => !waived.includes(agent));
  const weight = left.reduce((sum, agent) => sum + weightOf(rule.weights, agent), 0);
  return { tally, eligible: { count: left.length, weight } };
}

it('what is certain stays certain when electors who have not proposed are waived, in any order [Q4.39]', () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  let kept = 0;
  for (let i = 0; i < 4000; i += 1) {
    const rule = randomRule(random);
    const roster = rosterIn(rule.electorate);
    const said = roster.filter(() => random() < 0.6);
    const ballots = new Map(said.map((agent) => [agent, pick(random, valuesOf(rule, agent))]));
    const again = `case ${i} of SEED=${seed} npx vitest run src/core/tally/waive.test.ts: ${JSON.stringify(rule)} ${JSON.stringify([...ballots])}`;
    const before = counted(rule, ballots, []);
    const answer = before.tally.certain(before.eligible);
    const waived: string[] = [];
    for (const agent of roster) {
      if (ballots.has(agent) || rule.required.includes(agent) || random() < 0.3) continue;
      const left = (name: string) => name !== agent && roster.includes(name) && !waived.includes(name);
      const { eligible } = counted(rule, ballots, [...waived, agent]);
      if (couldWin(rule, eligible, left)) waived.push(agent);
    }
    const after = counted(rule, ballots, waived);
    const last = counted(rule, ballots, waived, true);
    expect(last.tally.certain(last.eligible), again).toEqual(after.tally.certain(after.eligible));
    if (waived.length === 0 || answer.is === 'open' || ballots.size === 0) continue;
    kept += 1;
    expect(after.tally.certain(after.eligible), `${again} without ${waived}`).toMatchObject(
      answer.is === 'won' ? answer : { is: 'lost' },
    );
    const outcome = after.tally.final(after.eligible);
    if (answer.is === 'lost') expect(outcome.is, `${again} without ${waived}`).toBe('lost');
  }
  expect(kept).toBeGreaterThan(100);
});
