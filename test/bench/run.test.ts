import { describe, expect, it } from 'vitest';
import type { Result } from '../../bench/measure.ts';
import { startDriver } from '../harness/server.ts';

/** The benchmark as users run it, in its smallest size: what it measures is complete, however fast that is. */

const bench = (...args: readonly string[]) => startDriver('bench/main.ts', args, 180_000).done;
const smallest = ['--seconds', '1', '--slices', '1'];

describe('npm run bench', () => {
  it('measures ours and the peer of every row, without a refusal', { timeout: 200_000 }, async () => {
    const { code, stdout, stderr } = await bench('--rows', 'few-6,classroom', ...smallest, '--json');
    expect(code, stderr).toBe(0);
    const { rows, contestants } = JSON.parse(stdout);
    expect(rows).toHaveLength(7);
    for (const { row, ours, peer, value } of rows as Result[]) {
      expect(value, row.what).toBeGreaterThan(0);
      for (const figure of [ours, peer]) expect(figure, row.what).toMatchObject({ errors: 0 });
      if (process.platform === 'linux') expect(ours.cpuUs, row.what).toBeGreaterThan(0);
    }
    expect(Object.keys(contestants)).toContain('redis');
  });

  it('lets every listener of every server hear each message', { timeout: 200_000 }, async () => {
    const { code, stdout, stderr } = await bench('--rows', 'messages-3-to-3', ...smallest, '--json');
    expect(code, stderr).toBe(0);
    const { rows, contestants } = JSON.parse(stdout);
    for (const { row, value } of rows as Result[]) expect(value, row.what).toBeGreaterThan(0);
    expect(Object.keys(contestants)).toEqual(
      expect.arrayContaining(['messages-3-to-3', 'redis-streams-3-to-3']),
    );
  });

  it('says which rows there are when it is asked for another', async () => {
    const { code, stderr } = await bench('--rows', 'sideways');
    expect(code).toBe(2);
    expect(stderr).toContain('rows: hot, few-6, classroom');
  });
});
