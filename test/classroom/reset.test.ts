import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';

describe('how a class starts clean [Q2.11]', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: Server;
  const start = async (...more: string[]): Promise<void> => {
    server = await startServer(['--log', `file:${folder.path}`, ...more]);
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    await start();
  });
  afterEach(async () => {
    await server.kill();
    folder.remove();
  });

  test('the group that somebody has deleted is made anew by the next post, without the seats of the killed', async () => {
    await server.kill();
    await start('--agents', '2', '--quorum', '2');
    await post(7);
    expect((await fetch(`${server.url}/v1/groups/default`, { method: 'DELETE' })).status).toBe(200);
    expect(await state('1'), 'until then everybody waits').toBe('{"state":"WAITING"}');
    await Promise.all([post(4), post(4)]);
    expect(await round(1)).toMatchObject({ state: 'SUCCESS', value: 4, eligible: 2 });
    for (const id of ['1', '2']) expect(await state(id)).toBe('{"state":"SUCCESS"}');
  });

  test('another shape on old data ends a round of seats without names, says so, and tells nobody of it', async () => {
    await post(7);
    await post(7);
    await server.stop();
    await start('--agents', '5', '--quorum', '3');
    expect(server.stderr()).toContain('5 agents, 3 equal decide; round 1 was ended, with 2 numbers');
    expect(await round(1)).toMatchObject({ state: 'FAILED', reason: 'rule-changed' });
    for (const [i, number] of [1, 2, 3, 4, 5].entries()) {
      await post(number);
      if (i < 4) expect(await state(`${i + 1}`)).toBe('{"state":"WAITING"}');
    }
    expect(await round(2)).toMatchObject({ state: 'FAILED', eligible: 5 });
    for (const id of ['1', '2', '3', '4', '5']) expect(await state(id)).toBe('{"state":"FAILED"}');
  });

  test('a round in which somebody has proposed by name goes on as it was, and a start without a shape changes nothing', async () => {
    await post(7, { 'x-agent-id': 'ann' });
    await server.stop();
    await start('--agents', '5', '--quorum', '3');
    expect(server.stderr()).toContain('round 1 goes on as it was');
    await server.stop();
    await start();
    expect(server.stderr()).not.toContain('classroom');
    await post(7);
    await post(1);
    expect(await round(1)).toMatchObject({ state: 'SUCCESS', value: 7, eligible: 3 });
    expect(await round('open')).toMatchObject({ round: 2, eligible: 5 });
  });

  async function post(number: number, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await fetch(`${server.url}/number`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ number }),
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  }

  async function state(id: string): Promise<string> {
    return (await fetch(`${server.url}/state/${id}`)).text();
  }

  async function round(number: number | 'open'): Promise<RoundJson> {
    return (await fetch(`${server.url}/v1/groups/default/rounds/${number}`)).json() as Promise<RoundJson>;
  }
});
