import type { State } from '../../src/core/group/state.ts';
import { afterEach, inside, type Mutant } from './mutant.ts';

/** Bugs of time: what a wall clock may do to it, and when it is looked at. */

/** Has a replica reckon log time otherwise. */
function reckoning(
  change: (reckoned: number, now: number, state: State) => number,
): NonNullable<Mutant['replica']> {
  return (replica) => {
    const { ticker } = replica as unknown as { ticker: { readonly reckoned: number } };
    const real = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(ticker), 'reckoned');
    const { surroundings } = inside(replica);
    const get = (): number => change(Number(real?.get?.call(ticker)), surroundings.now(), replica.state);
    Object.defineProperty(ticker, 'reckoned', { get });
  };
}

export const timeMutants: readonly Mutant[] = [
  {
    name: 'a fast clock moves log time a little with each entry',
    killedBy: 'I17',
    replica: reckoning((reckoned, now, { time }) => Math.max(reckoned, Math.min(now, time + 5000))),
  },
  {
    name: 'log time waits until a wall clock has come as far',
    killedBy: 'I12',
    replica: reckoning((_, now, { time }) => (now < time ? 0 : now)),
  },
  {
    name: 'what was due once is written down as a tick though nothing has run out',
    killedBy: 'I18',
    replica: afterEach(({ due, groups, time }) => {
      for (const name of groups.keys()) if (due.next > time + 50) due.set(name, time + 50);
    }),
  },
];
