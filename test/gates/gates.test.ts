import { describe, expect, test } from 'vitest';
import { startDriver } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';

/** A few runs of `npm run gates`, and that it finds what is wrong. [Q10.11] [Q10.12] */

// Others each day; the seed is printed and can be given.
const seed = process.env.SEED ?? String(Math.floor(Date.now() / 86_400_000));
const limit = 400_000;

const gates = (...args: readonly string[]) =>
  startDriver('test/gates/main.ts', ['--seed', seed, '--json', ...args], limit).done;

describe('gates that are killed or frozen at any step', () => {
  test(
    'act once',
    async () => {
      const where = etcdBinary() === null ? ['--log', 'file'] : [];
      const { code, stdout, stderr } = await gates('--runs', '4', ...where);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ runs: 4, failed: 0, released: 4 });
    },
    limit,
  );

  const broken = [
    ['--no-fence --step last-write-asked --kind kill', /was accepted after|ran to its end [23] times/],
    ['--careless ignores-loss --step first-written --kind freeze', /was not stopped|gate \d ended with/],
    ['--careless done-first --step first-written --kind kill', /ran to its end 0 times/],
  ] as const;

  test(
    'are told from a resource that takes everything, and from gates that ignore the loss of a claim or say done too early',
    async () => {
      for (const [options, found] of broken) {
        const { code, stderr } = await gates('--runs', '1', '--log', 'file', ...options.split(' '));
        expect(code, stderr).toBe(1);
        expect(stderr).toMatch(found);
        expect(stderr).toContain('rerun: npm run gates -- ');
      }
    },
    limit,
  );
});
