import type { Applied } from '../../src/core/apply.ts';
import type { Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { LogEntry } from '../../src/log/log.ts';
import type { Surroundings } from '../../src/replica/clock.ts';
import { readEntry } from '../../src/replica/read-entry.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { Take } from '../../src/replica/submit-queue.ts';
import type { Request, Response } from '../harness/in-memory.ts';
import type { DriverBugs } from './driver-options.ts';
import type { World } from './world.ts';

/** A protocol bug put in on purpose: the checks must find it, by the invariant it breaks. */
export interface Mutant {
  readonly name: string;
  readonly killedBy: string;
  readonly driver?: DriverBugs;
  readonly replica?: (replica: Replica, place: Place) => void;
  /** A bug of `apply` itself, which every server has and the replay too: what it changes after each entry. */
  readonly core?: Core;
  /** The same kind of bug, as what it changes before each entry. */
  readonly before?: Before;
  /** The same kind of bug, put into the code itself; the result takes it out again. */
  readonly patch?: () => () => void;
  readonly response?: (response: Response, request: Request, replica: Replica) => Response;
  readonly fetch?: (fetch: typeof globalThis.fetch, process: string) => typeof globalThis.fetch;
}

export interface Place {
  readonly world: World;
  readonly server: number;
}

/** The parts of a replica that bugs are put into. */
export interface Inside {
  state: State;
  surroundings: Surroundings;
  take(entry: LogEntry): void;
  apply(entry: Entry, index: number): Applied;
  readonly ticker: { tickIn(ms: number): void };
  barrier(): Promise<void>;
  submit<T>(command: Entry['commands'][number], take: Take<T>): Promise<T>;
}

export function inside(replica: Replica): Inside {
  return replica as unknown as Inside;
}

/** Does something to the state after each entry, given what the entry was. */
export function afterEach(change: (state: State, entry: Entry) => void): NonNullable<Mutant['replica']> {
  return (replica) => {
    const parts = inside(replica);
    const take = parts.take.bind(replica);
    parts.take = (entry) => {
      take(entry);
      change(replica.state, readEntry(entry));
    };
  };
}

/** Changes each entry on its way into `apply`. */
export function asDecoded(
  change: (entry: Entry, replica: Replica, place: Place) => Entry,
): NonNullable<Mutant['replica']> {
  return (replica, place) => {
    const parts = inside(replica);
    const apply = parts.apply.bind(replica);
    parts.apply = (entry, index) => apply(change(entry, replica, place), index);
  };
}

type Before = (state: State, entry: Entry) => void;

/** Has a method of a class do something else, given what it does; the result undoes it. Private ones too. */
export function patched(
  prototype: object,
  name: string,
  change: (real: (...args: never[]) => unknown) => (this: never, ...args: never[]) => unknown,
): () => void {
  const target = prototype as Record<string, (...args: never[]) => unknown>;
  const real = target[name];
  if (real === undefined) throw new Error(`there is no method ${name} to put a bug into`);
  target[name] = change(real);
  return () => {
    target[name] = real;
  };
}

export type Core = (state: State, entry: Entry, applied: Applied) => void;

/** Puts a bug of `apply` into a replica. */
export function applyWith(replica: Replica, { core, before }: Pick<Mutant, 'core' | 'before'>): void {
  const parts = inside(replica);
  const apply = parts.apply.bind(replica);
  parts.apply = (entry, index) => {
    before?.(replica.state, entry);
    const applied = apply(entry, index);
    core?.(replica.state, entry, applied);
    return applied;
  };
}
