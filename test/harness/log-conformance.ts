import { afterAll, test } from 'vitest';
import type { LogUnderTest } from '../../src/log/conformance/case.ts';
import { clauseReport, logConformance } from '../../src/log/conformance/index.ts';

/** Runs the cases on an engine, and prints which clauses of the contract were checked. */
export function conform(engine: LogUnderTest): void {
  const cases = logConformance(engine);
  for (const { clause, name, skip, run } of cases)
    test.skipIf(skip !== null)(`${clause}: ${name}${skip ? ` (skipped: ${skip})` : ''}`, run);
  afterAll(() => console.info(`the contract of a log, ${engine.name}:\n${clauseReport(cases)}`));
}
