import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Machine } from './machine.ts';
import { Violation } from './world.ts';

/** Lets the machine work until `work` is done, or for so many steps; throws what `work` throws. */
export async function drive(machine: Machine, work: Promise<unknown>, steps: number): Promise<void> {
  const end = machine.steps + steps;
  let isDone = false;
  let failure: unknown = null;
  work.then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      isDone = true;
      failure = error;
    },
  );
  for (let idle = 0; machine.steps < end; ) {
    await setImmediate();
    if (failure !== null) throw failure;
    if (isDone) return;
    idle = machine.step() ? 0 : idle + 1;
    // A reader that meets what is just written tries again after some ms.
    if (idle > 100) await setTimeout(1);
    if (idle > 2000) throw new Violation('nothing goes on any more');
  }
}
