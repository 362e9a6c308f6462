import { type Applied, apply } from '../../src/core/apply.ts';
import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Json } from '../../src/core/types.ts';
import { copyState } from '../check/copy.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { freshGroup, nextEntry, settingsOf } from '../harness/entries.ts';
import { FingerprintSet, Fingerprints } from './fingerprints.ts';

/**
 * Every state that the real `apply` can get into by a few agents, values and rounds, breadth first, so that the way
 * to a broken invariant is a shortest one. States are told apart by their fingerprints.
 */
export interface World {
  readonly name: string;
  readonly rule: { readonly [name: string]: Json };
  /** Beside the rule. */
  readonly settings: { readonly [name: string]: Json };
  readonly moves: readonly Move[];
  /** How often the clock may go on, by 1,000 ms each time. */
  readonly ticks: number;
}

/** A command, in the state as it is; `late` ones come with the clock one second on. */
export interface Move {
  readonly command: Command | ((state: State) => Command);
  readonly late: boolean;
}

export interface Exploration {
  states: number;
  transitions: number;
  refusals: number;
  /** Whether nothing is left to try within the bounds of the world. */
  complete: boolean;
  violation: string | null;
}

const start = 1_000_000;
const second = 1000;

interface Place {
  readonly state: State;
  readonly print: number;
  readonly path: Path | null;
}

interface Path {
  readonly before: Path | null;
  readonly move: Move;
}

export function explore(world: World, mostStates: number): Exploration {
  const found: Exploration = { states: 1, transitions: 0, refusals: 0, complete: false, violation: null };
  const state = freshGroup('g', settingsOf({ ...world.settings, rule: world.rule }), {
    time: start,
    seed: 9,
  });
  const prints = new Fingerprints();
  const first = { state, print: prints.of(state), path: null };
  const seen = new FingerprintSet();
  seen.add(first.print);
  let frontier: Place[] = [first];
  while (frontier.length > 0) {
    const next: Place[] = [];
    // Taken off the end, so that no state is held longer than it is needed.
    frontier.reverse();
    for (let place = frontier.pop(); place !== undefined; place = frontier.pop()) {
      let scratch = copyState(place.state);
      const before = remember(place.state);
      for (const move of world.moves) {
        const time = place.state.time + (move.late ? second : 0);
        if (time > start + world.ticks * second) continue;
        found.transitions += 1;
        const command = typeof move.command === 'function' ? move.command(scratch) : move.command;
        const entry = nextEntry(scratch, [command], { time, seed: 9 });
        const applied = apply(scratch, entry, entry.serial);
        if (applied.results[0]?.ok !== true) found.refusals += 1;
        const print = prints.of(scratch);
        const unchanged = print === place.print;
        const isNew = !unchanged && seen.add(print);
        const step = { before, after: scratch, entry, index: entry.serial, applied };
        found.violation = unchanged ? traceless(applied) : firstViolation(step, !isNew);
        if (found.violation !== null) {
          const moves = [...movesOf(place.path), move].map(
            ({ command, late }) =>
              `${late ? '+1s ' : ''}${typeof command === 'function' ? command : JSON.stringify(command)}`,
          );
          found.violation += `\n${JSON.stringify(world.rule)}\n${moves.join('\n')}`;
          return found;
        }
        if (unchanged) continue;
        if (isNew) {
          found.states += 1;
          next.push({ state: scratch, print, path: { before: place.path, move } });
          if (found.states >= mostStates) return found;
        }
        scratch = copyState(place.state);
      }
    }
    frontier = next;
  }
  found.complete = true;
  return found;
}

/** What changes nothing makes no news, and its answer shows no value; the worlds' values all begin so. */
function traceless({ events, results }: Applied): string | null {
  if (events.length > 0) return `${events.length} events and nothing has changed`;
  const answer = JSON.stringify(results);
  return answer.includes('secret-') ? `an answer shows a value: ${answer}` : null;
}

function movesOf(path: Path | null): Move[] {
  const moves: Move[] = [];
  for (let at = path; at !== null; at = at.before) moves.unshift(at.move);
  return moves;
}
