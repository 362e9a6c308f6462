import type { Applied } from '../../src/core/apply.ts';
import type { State } from '../../src/core/state.ts';
import type { Command, Json } from '../../src/core/types.ts';
import { copyState } from '../check/copy.ts';
import { dump } from '../check/dump.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { freshGroup, run, settingsOf } from './drive.ts';

/**
 * Every state that the real `apply` can get into by a few agents, values and rounds, breadth first, so that the way
 * to a broken invariant is a shortest one. States are told apart by a 52-bit fingerprint of their text: among a
 * million states two different ones are taken for one with a chance of about 1 in 10,000.
 */
export interface World {
  readonly name: string;
  readonly rule: { readonly [name: string]: Json };
  readonly moves: readonly Move[];
  /** How often the clock may go on, by 1,000 ms each time. */
  readonly ticks: number;
}

/** A command, in the state as it is; `late` ones come with the clock one second on. */
export interface Move {
  readonly command: Command;
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
  readonly text: string;
  readonly path: Path | null;
}

interface Path {
  readonly before: Path | null;
  readonly move: Move;
}

export function explore(world: World, mostStates: number): Exploration {
  const found: Exploration = { states: 1, transitions: 0, refusals: 0, complete: false, violation: null };
  const state = freshGroup('g', settingsOf({ rule: world.rule }), { time: start, seed: 9 });
  const seen = new Set([fingerprint(dump(state))]);
  let frontier: Place[] = [{ state, text: dump(state), path: null }];
  while (frontier.length > 0) {
    const next: Place[] = [];
    for (const place of frontier) {
      let scratch = copyState(place.state);
      const before = remember(place.state);
      for (const move of world.moves) {
        const time = place.state.time + (move.late ? second : 0);
        if (time > start + world.ticks * second) continue;
        found.transitions += 1;
        const stamp = { time, seed: 9 };
        const applied = run(scratch, [move.command], stamp);
        const result = applied.results[0];
        const text = dump(scratch);
        const entry = {
          version: 1,
          writer: 'one',
          serial: scratch.index,
          alone: true,
          ...stamp,
          commands: [move.command],
        };
        if (result?.ok !== true) found.refusals += 1;
        const step = { before, after: scratch, entry, index: scratch.index, applied };
        const unchanged = text === place.text;
        found.violation = unchanged ? traceless(applied) : firstViolation(step);
        if (found.violation !== null) {
          const moves = [...movesOf(place.path), move].map(
            ({ command, late }) => `${late ? '+1s ' : ''}${JSON.stringify(command)}`,
          );
          found.violation += `\n${JSON.stringify(world.rule)}\n${moves.join('\n')}`;
          return found;
        }
        if (unchanged) continue;
        const print = fingerprint(text);
        if (!seen.has(print)) {
          seen.add(print);
          found.states += 1;
          next.push({ state: scratch, text, path: { before: place.path, move } });
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

/** Two multiplicative hashes side by side, 26 bits each. */
function fingerprint(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 13;
  }
  high ^= high >>> 15;
  return (high >>> 6) * 2 ** 26 + (low >>> 6);
}
