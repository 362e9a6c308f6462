import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('main.js', import.meta.url));
// Another seed each day, so that the suite does not always look in the same place; it is printed and can be given.
const seed = process.env.QUORATE_FUZZ_SEED ?? String(Math.floor(Date.now() / 86_400_000));

test('malformed requests crash nothing, get only known answers, and change nothing when refused', async () => {
  const args = [main, '--requests', '20000', '--raw', '500', '--seed', seed, '--json'];
  const { code, stdout, stderr } = await run(args);
  expect(code, stderr).toBe(0);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(result).toMatchObject({ crashes: 0, undocumented5xx: 0, stateChangedByRejects: 0, findings: 0 });
  // Enough of both kinds, or nothing was shown.
  expect(result.rejects).toBeGreaterThan(5000);
  expect(result.byStatus['200']).toBeGreaterThan(2000);
  expect(result.byStatus['201']).toBeGreaterThan(200);
}, 120_000);

function run(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 110_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
