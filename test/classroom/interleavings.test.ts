import { expect, it } from 'vitest';
import type { State } from '../../src/core/group/state.ts';
import type { Canonical, Json, RoundState } from '../../src/core/types.ts';
import { copyState } from '../check/copy.ts';
import { dump } from '../check/dump.ts';
import { freshGroup, mustSucceed, proposal, run, settingsOf } from '../harness/entries.ts';

/**
 * Three clients of the classroom through two rounds, every way in which their requests can take turns, on the core
 * alone. A poll that answers WAITING is tried at every moment and must leave no trace; a client that polls on is
 * then where it was, so repeated polls add nothing and need not be told apart.
 */

const stamp = { time: 1_000_000, seed: 5 };
const group = 'default';
const clients = ['1', '2', '3'];

/** What one client has done: posted in so many rounds, been told so many outcomes, in these words. */
interface Client {
  readonly posted: number;
  readonly told: readonly RoundState[];
}

interface Scenario {
  readonly identified: boolean;
  /** The value each client posts in each round. */
  readonly values: readonly (readonly Canonical[])[];
  /** What both rounds must come to, as a count of equal values says. */
  readonly outcomes: readonly RoundState[];
  readonly rule: { readonly [name: string]: Json };
}

interface Tally {
  /** Different situations seen, and ways to get from the first to the last. */
  situations: number;
  interleavings: number;
  waits: number;
}

function explore(scenario: Scenario): Tally {
  const rule = { electorate: { size: 3 }, next: 'continuous', ...scenario.rule };
  const tally: Tally = { situations: 0, interleavings: 0, waits: 0 };
  const ways = new Map<string, number>();
  const visit = (state: State, all: readonly Client[], path: readonly string[]): number => {
    const key = `${JSON.stringify(all)} ${dump(state)}`;
    const known = ways.get(key);
    if (known !== undefined) return known;
    tally.situations += 1;
    if (all.every((client) => isDone(scenario, client))) {
      ways.set(key, 1);
      return 1;
    }
    let sum = 0;
    all.forEach((client, i) => {
      if (isDone(scenario, client)) return;
      const next = copyState(state);
      const after =
        client.posted === client.told.length ? post(next, scenario, i, client) : poll(next, i, client);
      if (after === client) {
        tally.waits += 1;
        expect(dump(next), `${path.join(', ')}: a poll that waits leaves a trace`).toBe(
          key.slice(key.indexOf(' ') + 1),
        );
        return;
      }
      const what = `${clients[i]} ${after.posted > client.posted ? 'posts' : `is told ${after.told.at(-1)}`}`;
      const here = [...path, what];
      expect(after.told, here.join(', ')).toEqual(scenario.outcomes.slice(0, after.told.length));
      sum += visit(next, all.with(i, after), here);
    });
    expect(sum, `${path.join(', ')}: all wait for ever`).toBeGreaterThan(0);
    ways.set(key, sum);
    return sum;
  };
  const start = freshGroup(group, settingsOf({ rule }), stamp);
  tally.interleavings = visit(
    start,
    clients.map(() => ({ posted: 0, told: [] })),
    [],
  );
  return tally;
}

/** A client ends on SUCCESS, or here after its second round. */
function isDone(scenario: Scenario, client: Client): boolean {
  return client.told.at(-1) === 'SUCCESS' || client.told.length === scenario.outcomes.length;
}

function post(state: State, scenario: Scenario, i: number, client: Client): Client {
  const value = scenario.values[i]?.[client.posted] ?? null;
  mustSucceed(
    run(state, [proposal(group, null, scenario.identified ? clients[i]! : null, value)], stamp).results[0],
  );
  return { ...client, posted: client.posted + 1 };
}

/** What a poll leads to; the very same client when it is to wait. */
function poll(state: State, i: number, client: Client): Client {
  const result = run(state, [{ type: 'tell', group, reader: clients[i]!, identified: false }], stamp)
    .results[0];
  if (result?.ok !== true || result.did !== 'told') throw new Error(`refused: ${JSON.stringify(result)}`);
  return result.state === 'WAITING' ? client : { ...client, told: [...client.told, result.state] };
}

/** Every choice of one value out of these for each client. */
function choices(values: readonly Canonical[]): Canonical[][] {
  return values.flatMap((a) => values.flatMap((b) => values.map((c) => [a, b, c])));
}

function outcomeOf(values: readonly Canonical[], needed: number): RoundState {
  const most = Math.max(...values.map((value) => values.filter((other) => other === value).length));
  return most >= needed ? 'SUCCESS' : 'FAILED';
}

for (const identified of [false, true]) {
  const kind = identified ? 'identified' : 'anonymous';

  it(`three ${kind} clients that differ first and agree then: every interleaving`, () => {
    const sum = { situations: 0, interleavings: 0, waits: 0 };
    for (const second of choices(['1', '2'])) {
      const values = clients.map((_, i) => [String(i + 1), second[i]!]);
      const scenario: Scenario = {
        identified,
        values,
        outcomes: ['FAILED', 'SUCCESS'],
        rule: { threshold: 2 },
      };
      const { situations, interleavings, waits } = explore(scenario);
      sum.situations += situations;
      sum.interleavings += interleavings;
      sum.waits += waits;
    }
    console.info(
      `${kind}: ${sum.interleavings} interleavings, ${sum.situations} situations, ${sum.waits} waits`,
    );
    // Per choice of values: 3! orders of posting, and at least as many of being told, in each of two rounds.
    expect(sum.interleavings).toBeGreaterThanOrEqual(8 * 6 ** 4);
    expect(sum.waits).toBeGreaterThan(0);
  });

  it(`three ${kind} clients that must all agree: every choice of two values, every interleaving`, () => {
    let interleavings = 0;
    const seen = new Set<string>();
    for (const first of choices(['1', '2'])) {
      for (const second of choices(['1', '2'])) {
        const outcomes = [outcomeOf(first, 3), outcomeOf(second, 3)];
        seen.add(outcomes.join());
        const told = outcomes[0] === 'SUCCESS' ? outcomes.slice(0, 1) : outcomes;
        const values = clients.map((_, i) => [first[i]!, second[i]!]);
        interleavings += explore({
          identified,
          values,
          outcomes: told,
          rule: { threshold: 3 },
        }).interleavings;
      }
    }
    expect(seen.size).toBe(4);
    expect(interleavings).toBeGreaterThanOrEqual(48 * 6 ** 4);
  });
}
