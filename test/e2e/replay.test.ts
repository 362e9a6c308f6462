import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quorate, type Server, startServer } from '../harness/server.ts';

describe('quorate replay', () => {
  let server: Server;
  const run = (...args: readonly string[]) => quorate([...args, '--url', server.url]);
  beforeAll(async () => {
    server = await startServer(['--log', 'memory:']);
    await run(
      'group',
      'create',
      'lunch',
      '--electorate',
      'ann,bob,cyd',
      '--threshold',
      'unanimous',
      '--next',
      'continuous',
    );
    for (const values of [
      [1, 1, 1],
      [1, 1, 2],
      [1, 2, 3],
    ]) {
      for (const [i, agent] of ['ann', 'bob', 'cyd'].entries())
        await run('propose', 'lunch', agent, String(values[i]));
    }
  });
  afterAll(() => server?.kill());

  test('tells which rounds would have ended otherwise, and as what', async () => {
    const said = await run('replay', 'lunch', '--rule', '{"threshold": "majority"}');
    expect(said).toMatchObject({ code: 0 });
    const lines = said.stdout.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^2 +FAILED no-agreement +SUCCESS 1$/);
    expect(lines[2]).toBe('3 rounds, 1 would have ended otherwise, 0 unknown');
  });

  test('with --json gives every round, then the counts', async () => {
    const said = await run('replay', 'lunch', '--rule', '{"required": ["ann"], "threshold": 3}', '--json');
    const lines = said.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, 3).map(({ round, differs }) => [round, differs])).toEqual([
      [3, false],
      [2, false],
      [1, false],
    ]);
    expect(lines[3]).toEqual({ rounds: 3, differ: 0, unknown: 0 });
  });

  test('judges a mixed electorate too, whose rule can be changed like any other', async () => {
    const two = { role: 'two', agents: ['ann', 'bob'], threshold: 2 };
    const rule = { electorate: { all: [two], else: { role: 'third', agents: ['cyd'] } }, next: 'continuous' };
    await run('group', 'create', 'mixed', '--rule', JSON.stringify(rule));
    expect(await run('group', 'create', 'mixed', '--title', 'Again')).toMatchObject({ code: 0 });
    for (const agent of ['ann', 'bob']) await run('propose', 'mixed', agent, '1');
    const said = await run('replay', 'mixed', '--rule', '{"required": ["cyd"]}');
    expect(said).toMatchObject({ code: 0 });
    expect(said.stdout).toMatch(/^1 +SUCCESS 1 +FAILED/m);
  });

  test('asks for all proposals of a round that has more than its tally shows', async () => {
    const agents = Array.from({ length: 101 }, (_, i) => `a${i}`);
    const rule = { electorate: { size: 101 }, threshold: 'unanimous', next: 'manual' };
    // All different: the tally leaves one out.
    const put = (path: string, body: object) =>
      fetch(`${server.url}/v1/groups/many${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await put('', { rule });
    await Promise.all(agents.map((agent, i) => put(`/rounds/1/proposals/${agent}`, { value: i })));
    const counts = async (threshold: number) =>
      (await run('replay', 'many', '--rule', JSON.stringify({ threshold }))).stdout.trim().split('\n').at(-1);
    expect(await counts(2)).toBe('1 rounds, 0 would have ended otherwise, 0 unknown');
  });

  test('refuses a rule that contradicts itself', async () => {
    const said = await run('replay', 'lunch', '--rule', '{"threshold": 4}');
    expect(said.code).toBe(2);
    expect(said.stderr).toMatch(/threshold/);
  });
});
