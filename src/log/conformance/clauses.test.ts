import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Log, LogFailure } from '../log.ts';
import { memoryLog } from '../memory.ts';
import { clauseReport, logConformance, untested } from './index.ts';

const contract = readFileSync(new URL('../log.ts', import.meta.url), 'utf8');
const clauses = [...contract.matchAll(/^ \* - \[([a-z-]+\.[a-z-]+)\] /gm)].map(([, clause]) => clause);
const cases = logConformance({ name: 'memory', open: async () => memoryLog(), reopen: null, join: null });

test('each clause of the contract is checked by a case, or listed with the reason why it is not', () => {
  const checked = new Set([...cases.map(({ clause }) => clause), ...untested.keys()]);
  expect([...checked].sort()).toEqual([...clauses].sort());
});

test('the report names each clause, what was skipped, and why', () => {
  const report = clauseReport(cases);
  for (const clause of clauses) expect(report).toContain(`[${clause}]`);
  expect(report).toContain('[head.linearizable] 1 checked, 1 skipped: this log has one server only');
  expect(report).toContain('[checkpoint.space] not checked: needs a store that is full');
});

/** Engines that each break one clause. */
const broken: Record<string, (log: Log) => Partial<Log>> = {
  'append.index': (log) => ({ append: async () => ({ ok: true, index: (await log.head()) + 1 }) }),
  'append.bytes': (log) => ({ append: (entry) => log.append(entry.slice(1)) }),
  'append.refusal': (log) => ({
    append: async (entry) => {
      if (entry.length > log.info.maxEntryBytes) await log.append(entry.slice(1));
      return log.append(entry);
    },
  }),
  'entries.wait': (log) => ({
    async *entries(from, signal) {
      if (from <= (await log.head())) yield* log.entries(from, signal);
    },
  }),
  'head.linearizable': () => ({ head: async () => 0 }),
  'checkpoint.trim': (log) => ({
    checkpoint: async ({ index, full, records }) => {
      await log.checkpoint({ index, full, records });
      await log.checkpoint({ index, full: false, records });
    },
  }),
  'restore.latest': () => ({ restore: async () => null }),
  'close.ends': () => ({ close: async () => {} }),
};

test.each(Object.entries(broken))(
  'an engine that breaks [%s] fails a case of it',
  async (clause, breaking) => {
    const open = async (): Promise<Log> => {
      const log = memoryLog();
      return Object.assign(Object.create(log), log, breaking(log)) as Log;
    };
    const own = logConformance({ name: 'broken', open, reopen: null, join: null }).filter(
      (one) => one.clause === clause,
    );
    const results = await Promise.all(
      own.map(({ run }) =>
        run().then(
          () => null,
          (error: Error) => error,
        ),
      ),
    );
    expect(results.some((error) => error instanceof Error && !(error instanceof LogFailure))).toBe(true);
  },
);
