import { expect, test } from 'vitest';
import { startDriver } from '../harness/server.ts';

// Another seed each day, so that the suite does not always look in the same place; it is printed and can be given.
const seed = process.env.QUORATE_FUZZ_SEED ?? String(Math.floor(Date.now() / 86_400_000));

test('malformed requests crash nothing, get only known answers, and change nothing when refused', async () => {
  const args = ['--requests', '20000', '--raw', '500', '--seed', seed, '--json'];
  const { code, stdout, stderr } = await startDriver('test/fuzz/main.ts', args, 110_000).done;
  expect(code, stderr).toBe(0);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(result).toMatchObject({ crashes: 0, undocumented5xx: 0, stateChangedByRejects: 0, findings: 0 });
  // Enough of both kinds, or nothing was shown.
  expect(result.rejects).toBeGreaterThan(5000);
  expect(result.byStatus['200']).toBeGreaterThan(2000);
  expect(result.byStatus['201']).toBeGreaterThan(200);
  for (const [what, times] of Object.entries(result.happened)) expect(times, what).toBeGreaterThan(0);
});
