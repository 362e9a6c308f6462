import fc from 'fast-check';
import { expect } from 'vitest';
import { seedOfRun } from './random.ts';

/** Checks a property as `fc.assert` does; the message of a failure begins with the command that repeats it. */
export function holds<T>(property: fc.IRawProperty<T, false>, runs = 100): void {
  const seed = seedOfRun();
  const found = fc.check(property as fc.IProperty<T>, { seed, numRuns: runs });
  if (!found.failed) return;
  const { testPath = '', currentTestName = '' } = expect.getState();
  const again = `SEED=${seed} npx vitest run ${testPath.slice(process.cwd().length + 1)}`;
  throw new Error(`again: ${again}\nin "${currentTestName}"\n${fc.defaultReportMessage(found)}`);
}

/** How much a randomised test does: `few` while one works on the code, `many` where CI is set, as .ci/run does. */
export function fewOr(few: number, many: number): number {
  return process.env.CI ? many : few;
}
