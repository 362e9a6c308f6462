import { standard } from './record.ts';
import type { RunRecord } from './types.ts';

export interface Chapter {
  readonly id: 'deadlock' | 'itself' | 'lost-reply';
  readonly record: RunRecord;
}

/** Runs that show what the exercise does wrong, each short, and each to its end on the side of Quorate. */
export const chapters: readonly Chapter[] = [
  // A batch is thrown away because one agent has not read FAILED yet. The agents are the same program on both sides.
  { id: 'deadlock', record: { ...standard, seed: 12040 } },
  // Nothing is lost, and yet all three numbers of the batch that decides come from one agent.
  { id: 'itself', record: { ...standard, seed: 19966, clients: 'named' } },
  // Without this loss the exercise agrees on what B and C both drew; with it, on what A alone drew, and said twice.
  {
    id: 'lost-reply',
    record: { ...standard, seed: 25, clients: 'named', fates: new Map([['A1r', 'drop']]) },
  },
];
