import { appendCases } from './append.ts';
import { type Case, Logs, type LogUnderTest } from './case.ts';
import { checkpointCases } from './checkpoint.ts';
import { within } from './checks.ts';
import { entriesCases } from './entries.ts';
import { serversCases } from './servers.ts';

export type * from '../log.ts';
export { LogFailure, NoSpace, noFallBack, Trimmed } from '../log.ts';
export type { LogUnderTest } from './case.ts';

export interface LogCase {
  /** The clause of the contract that it checks: the name in brackets in the comment of `Log`. */
  readonly clause: string;
  readonly name: string;
  /** Why the case does not apply to this engine, or null. */
  readonly skip: string | null;
  /** Rejects when the engine breaks the clause. Takes 30 s at most. */
  run(): Promise<void>;
}

const cases: readonly Case[] = [...appendCases, ...entriesCases, ...checkpointCases, ...serversCases];

/** Why an engine may lack a way to open a log. */
const absent = { reopen: 'this log ends with its process', join: 'this log has one server only' } as const;

/** Clauses that no case checks, and why: they need a store in trouble, which only the engine's own tests can make. */
export const untested: ReadonlyMap<string, string> = new Map([
  ['append.unknown', 'needs a store that loses replies, or fails in the middle of a write'],
  ['checkpoint.space', 'needs a store that is full'],
]);

/**
 * The contract of a log as a list of cases, for any test runner:
 *
 * ```ts
 * const cases = logConformance(engine);
 * for (const { clause, name, skip, run } of cases) test(`${clause}: ${name}`, { skip: skip !== null }, run);
 * after(() => console.log(clauseReport(cases)));
 * ```
 */
export function logConformance(engine: LogUnderTest): LogCase[] {
  return cases.map(({ clause, name, needs, run }) => ({
    clause,
    name,
    skip: needs && !engine[needs] ? absent[needs] : null,
    run: async () => {
      const logs = new Logs(engine);
      try {
        await within(`the case "${name}"`, 20_000, run(await logs.open(), logs));
      } finally {
        await logs.close();
      }
    },
  }));
}

/** Each clause in a line: how many cases check it, how many were skipped, and why. */
export function clauseReport(all: readonly LogCase[]): string {
  const lines = [...new Set(all.map(({ clause }) => clause))].map((clause) => {
    const own = all.filter((one) => one.clause === clause);
    const reasons = own.flatMap(({ skip }) => skip ?? []);
    const skipped =
      reasons.length === 0 ? '' : `, ${reasons.length} skipped: ${[...new Set(reasons)].join('; ')}`;
    return `[${clause}] ${own.length - reasons.length} checked${skipped}`;
  });
  return [...lines, ...[...untested].map(([clause, why]) => `[${clause}] not checked: ${why}`)].join('\n');
}
