import { apply } from '../../src/core/apply.ts';
import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Canonical, Json } from '../../src/core/types.ts';
import { copyState } from '../check/copy.ts';
import { dump } from '../check/dump.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { freshGroup, nextEntry, proposal, settingsOf } from '../harness/entries.ts';

/**
 * One round under `close: "all"` and `close: "early"` side by side, in every order in which a few agents can propose,
 * abstain, change their minds, leave, let their leases run out and come back, and be waived. Both must come to the same end.
 */
export interface Pair {
  /** The rule without `close`. */
  readonly rule: { readonly [name: string]: Json };
  readonly agents: readonly string[];
  readonly values: readonly (Canonical | null)[];
  /** Seconds by which the clock may go on altogether; leases last for 1.5 of them. */
  readonly seconds: number;
  /** Whether whoever has not proposed may be waived; and then nobody leaves, nor comes back. [Q4.37] */
  readonly waives: boolean;
}

export interface Report {
  /** Pairs of states seen; how many of their rounds had ended in both, and in only the early one. */
  states: number;
  ended: number;
  early: number;
  readonly disagreements: string[];
}

const start = 1_000_000;
const second = 1000;
const lease = 1500;

interface Place {
  readonly full: State;
  readonly hasty: State;
  readonly path: readonly string[];
}

export function compareCloses({ rule, agents, values, seconds, waives }: Pair): Report {
  const report: Report = { states: 0, ended: 0, early: 0, disagreements: [] };
  const fresh = (close: string): State => {
    const settings = settingsOf({ rule: { next: 'manual', ...rule, close } });
    const state = freshGroup('g', settings, { time: start, seed: 5 });
    for (const agent of agents) take(state, join(agent), start);
    return state;
  };
  const seen = new Set<string>();
  const first: Place = { full: fresh('all'), hasty: fresh('early'), path: [] };
  seen.add(keyOf(first));
  let frontier = [first];
  while (frontier.length > 0) {
    const next: Place[] = [];
    for (const { full, hasty, path } of frontier) {
      report.states += 1;
      const [slow, soon] = [endOf(full), endOf(hasty)];
      const say = (text: string): void => {
        if (report.disagreements.length < 10)
          report.disagreements.push(`${JSON.stringify(rule)} after ${path.join(', ')}: ${text}`);
      };
      if (slow !== null && soon === null) say(`close: "all" ends ${slow}, close: "early" goes on`);
      if (slow !== null && soon !== null && slow !== soon)
        say(`close: "all" ends ${slow}, close: "early" ended ${soon}`);
      if (soon !== null && slow === null) report.early += 1;
      if (slow !== null) {
        report.ended += 1;
        continue;
      }
      const [before, beforeHasty] = [remember(full), remember(hasty)];
      for (const command of movesIn(full, { agents, values, waives }, soon === null)) {
        const time = full.time + (command.type === 'tick' ? second : 0);
        if (time > start + seconds * second) continue;
        const place = { full: copyState(full), hasty: copyState(hasty), path: [...path, told(command)] };
        const wrong =
          take(place.full, command, time, before) ?? take(place.hasty, command, time, beforeHasty);
        if (wrong !== null) say(`${told(command)}: ${wrong}`);
        const key = keyOf(place);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(place);
      }
    }
    frontier = next;
  }
  return report;
}

function keyOf({ full, hasty }: Place): string {
  return `${dump(full)} | ${dump(hasty)}`;
}

/**
 * Everything that may be said next and is not refused for sure, and the next second. An early close takes what has been
 * said for final: from then on nobody `mayChange` its mind.
 */
function movesIn(
  state: State,
  { agents, values, waives }: Pick<Pair, 'agents' | 'values' | 'waives'>,
  mayChange: boolean,
): Command[] {
  const group = state.groups.get('g');
  const { open, members } = group ?? {};
  const revote = open?.rule.revote === true;
  const moves: Command[] = [{ type: 'tick' }];
  for (const agent of agents) {
    const tokenHash = `token-${agent}`;
    const earlier = open?.proposals.get(agent);
    const isLive = members?.get(agent)?.live === true;
    // One change of mind for each agent is enough to see every order of two.
    if (earlier === undefined || (revote && mayChange && earlier.seq === 1))
      for (const value of values) {
        const seq = revote ? (earlier?.seq ?? 0) + 1 : null;
        if (earlier?.value !== value) moves.push({ ...proposal('g', 1, agent, value), seq, tokenHash });
      }
    if (waives && earlier === undefined) moves.push(waive(agent));
    if (!waives) moves.push(isLive ? { type: 'leave', group: 'g', agent, tokenHash } : join(agent));
  }
  return moves;
}

function waive(agent: string): Command {
  return { type: 'waive', group: 'g', round: 1, agent, reason: 'ill', by: null, tokenHash: null };
}

function join(agent: string): Command {
  const tokenHash = `token-${agent}`;
  return { type: 'join', group: 'g', agent, role: 'voter', ttl: lease, tokenHash, joinKeyHash: null };
}

/** Applies the command; gives the invariant that it breaks, or null. */
function take(state: State, command: Command, time: number, before = remember(state)): string | null {
  const entry = nextEntry(state, [command], { time, seed: 5 });
  const applied = apply(state, entry, entry.serial);
  return firstViolation({ before, after: state, entry, index: entry.serial, applied });
}

function endOf(state: State): string | null {
  const outcome = state.groups.get('g')?.closed.get(1);
  if (outcome === undefined) return null;
  return outcome.state === 'SUCCESS' ? `SUCCESS ${outcome.value}` : 'FAILED';
}

function told(command: Command): string {
  if (command.type === 'tick') return 'a second passes';
  if (command.type === 'propose') return `${command.agent} ${command.value ?? 'abstains'}`;
  return 'agent' in command ? `${command.agent} ${command.type}s` : command.type;
}
