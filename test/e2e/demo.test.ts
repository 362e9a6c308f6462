import { describe, expect, test } from 'vitest';
import { quorate } from '../harness/server.ts';

describe('quorate demo', () => {
  test('--json ends with one line that names the decision and the rounds it took', async () => {
    const { code, stdout, stderr } = await quorate(['demo', '--json']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Record<string, unknown>;
    expect(JSON.stringify(last)).toMatch(/"decision"|"value"/);
    const decision = last.decision ?? last.value;
    expect(decision).toBeGreaterThanOrEqual(1);
    expect(decision).toBeLessThanOrEqual(10);
    expect(last.rounds).toBeGreaterThanOrEqual(1);
  });

  test('five agents, three equal, few numbers', async () => {
    const args = ['demo', '--agents', '5', '--quorum', '3', '--max', '3', '--json'];
    const { code, stdout, stderr } = await quorate(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Record<string, unknown>;
    expect([1, 2, 3]).toContain(last.decision ?? last.value);
  });

  test('for people: shows each round, the decision, and how to go on by hand with curl', async () => {
    const { code, stdout, stderr } = await quorate(['demo']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/round +1\b/i);
    expect(stdout).toMatch(/SUCCESS|decision|agreed|decided/i);
    expect(stdout).toMatch(/curl/);
    expect(stdout).not.toContain('\u001b');
  });

  test('refuses a quorum above the agents as a usage error', async () => {
    const { code, stderr } = await quorate(['demo', '--agents', '3', '--quorum', '4']);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).not.toBe('');
  });
});
