import { expect, test } from 'vitest';
import { startDriver } from '../harness/server.ts';

interface Phase {
  readonly name: string;
  readonly served: number;
  readonly p99: number;
  readonly rssMiB: number;
  readonly fds: number;
  readonly recoveryMs: number;
  readonly report: { readonly byStatus: Record<string, number>; readonly dialled?: number };
}

interface Result {
  readonly goals: { readonly memory: number };
  readonly rounds: number;
  readonly faults: readonly string[];
  readonly phases: readonly [Phase, Phase, Phase, Phase, Phase];
}

// Whether the goals in ms are met is for a machine that does nothing else: npm run overload.
test('under a flood, slow sockets, streams and answers that nobody reads, tenants who behave are served, rightly and in bounded memory', async () => {
  const size = [
    '--seconds',
    '2',
    '--tenants',
    '2',
    '--rate',
    '10',
    '--slow',
    '300',
    '--streams',
    '500',
    '--unread',
    '50',
    '--share',
    '60',
  ];
  const { stdout, stderr } = await startDriver('test/overload/main.ts', [...size, '--json'], 110_000).done;
  const last = stdout.trim().split('\n').at(-1) ?? '';
  expect(last, stderr).toMatch(/^\{/);
  const { goals, rounds, faults, phases } = JSON.parse(last) as Result;
  const [calm, flood, slow, streams, unread] = phases;
  expect(faults).toEqual([]);
  expect(rounds).toBeGreaterThan(100);
  for (const { name, served, p99, rssMiB, recoveryMs } of phases.slice(1)) {
    expect(served, `${name}: share served`).toBeGreaterThan(0.8);
    expect(rssMiB, `${name}: MiB`).toBeLessThan(goals.memory);
    expect(recoveryMs, `${name}: ms until it was as before`).toBeLessThan(10_000);
    expect(p99 / Math.max(calm.p99, 10), `${name}: p99 against that of calm`).toBeLessThan(60);
  }
  // Or nothing was attacked.
  expect(Object.keys(flood.report.byStatus)).toEqual(
    expect.arrayContaining(['200', '201', '400', '404', '429']),
  );
  expect(flood.report.byStatus[429]).toBeGreaterThan(100);
  expect(Object.keys(slow.report.byStatus).filter((status) => !['408', '429'].includes(status))).toEqual([]);
  if (process.platform === 'linux') expect(slow.fds).toBeGreaterThan(200);
  expect(unread.report.dialled).toBeGreaterThanOrEqual(50);
  expect(streams.report.byStatus).toEqual({ 200: 450 });
});
