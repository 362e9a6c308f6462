import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Contestant } from './contestant.ts';

const groups = 200_000;

/** Memory of a group with one closed round of three proposals: the row `idle` of bench/state. */
export async function memoryOfGroups(): Promise<Contestant> {
  return {
    async slice() {
      const steps = path.join(import.meta.dirname, 'state/steps.js');
      const order = { step: 'idle', dir: '', groups, proposals: 0 };
      const child = fork(steps, [JSON.stringify(order)], { execArgv: ['--expose-gc'] });
      const [{ withClosedRound }] = await once(child, 'message');
      return { bytes: withClosedRound, errors: 0 };
    },
    stop: async () => undefined,
  };
}
