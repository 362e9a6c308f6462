import type { Mixed, Part } from '../../src/core/types.ts';
import { type Choice, campsOf, heaviest } from './camps.ts';
import { canWin, nearOf } from './sameness.ts';
import { enough, wholeOf } from './threshold.ts';
import type { Ballot, Body, JudgedRule } from './types.ts';
import { heaviestWindow, placed, windowFrom, windowOf } from './windows.ts';

/** Panels combined: each under its own threshold, the part after `else` when the rest has no winner. [Q4.4] */

export function chooseMixed(rule: JudgedRule, mixed: Mixed, body: Body, ballots: readonly Ballot[]): Choice {
  const first = choosePart(rule, mixed, body, ballots);
  return typeof first === 'string' && mixed.else !== undefined
    ? choosePart(rule, mixed.else, body, ballots)
    : first;
}

function choosePart(rule: JudgedRule, part: Part, body: Body, ballots: readonly Ballot[]): Choice {
  if (nearOf(rule) !== null) return chooseWindowIn(rule, part, body, ballots);
  const mine = new Set(agentsOf(part));
  const inside = ballots.filter(({ agent }) => mine.has(agent));
  const satisfying = campsOf(rule, inside).filter(
    ({ agents, value }) => canWin(rule, value) && satisfied(rule, part, body, agents, inside),
  );
  const choice = heaviest(rule, satisfying);
  if (typeof choice === 'string') return choice;
  // Agents of another part may stand behind the winner as well, and have their say in how it is spelt.
  const all = campsOf(rule, ballots);
  return choice.flatMap(({ name }) => all.filter((camp) => camp.name === name));
}

/** A window satisfies a panel by the panel's agents inside it; required agents must lie in it, wherever they sit. [Q4.40] */
function chooseWindowIn(rule: JudgedRule, part: Part, body: Body, ballots: readonly Ballot[]): Choice {
  const near = nearOf(rule);
  if (near === null) return 'no-agreement';
  const mine = new Set(agentsOf(part));
  const inside = ballots.filter(({ agent }) => mine.has(agent));
  const sorted = placed(rule, ballots);
  const starting = sorted.filter(({ ballot: { agent } }) => mine.has(agent) || rule.required.includes(agent));
  const windows = [...new Set(starting.map(({ at }) => at))].flatMap((start) => {
    const within = windowFrom(near, start, sorted);
    const own = within.filter(({ ballot }) => mine.has(ballot.agent));
    if (own.length === 0) return [];
    const window = windowOf(rule, own);
    const there = new Set(within.map(({ ballot }) => ballot.agent));
    return satisfied(rule, part, body, window.agents, inside) ? [{ ...window, there }] : [];
  });
  const choice = heaviestWindow(rule, windows);
  if (typeof choice === 'string') return choice;
  return windows
    .filter((window) => choice.includes(window))
    .map(({ there, ...window }) => ({ ...window, agents: there }));
}

function satisfied(
  rule: JudgedRule,
  part: Part,
  body: Body,
  behind: ReadonlySet<string>,
  ballots: readonly Ballot[],
): boolean {
  if ('role' in part) {
    const left = part.agents.filter((agent) => body.waived?.includes(agent) !== true);
    const own = ballots.filter(({ agent }) => part.agents.includes(agent));
    const support = part.agents.filter((agent) => behind.has(agent)).length;
    return enough(part.threshold, support, wholeOf(rule, left.length, own));
  }
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  const needed = 'all' in part ? parts.length : 'any' in part ? 1 : part.atLeast;
  return parts.filter((inner) => satisfied(rule, inner, body, behind, ballots)).length >= needed;
}

/** Agents of a part; of a mixed electorate those before `else`. */
export function agentsOf(part: Part): string[] {
  if ('role' in part) return [...part.agents];
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  return [...new Set(parts.flatMap(agentsOf))];
}
