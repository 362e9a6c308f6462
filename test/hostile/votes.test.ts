import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import type { RunningServer } from '../../src/serve.ts';
import { ask, codeOf, read, size, start } from './ask.ts';

/** A member that cheats: votes for others, votes twice, replays, peeks, guesses. */

let server: RunningServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.stop());

async function group(body: object = size(3)): Promise<string> {
  const name = `g-${randomUUID()}`;
  const made = await ask(server, 'PUT', `/v1/groups/${name}`, { body });
  expect(made.status, made.text).toBe(201);
  return name;
}

async function joined(name: string, agent: string): Promise<string> {
  const answer = await ask(server, 'PUT', `/v1/groups/${name}/agents/${agent}`, { body: {} });
  return read<{ token: string }>(answer).token;
}

const propose = (name: string, agent: string, value: unknown, asking: object = {}, round = 1) =>
  ask(server, 'PUT', `/v1/groups/${name}/rounds/${round}/proposals/${agent}`, { body: { value }, ...asking });
const round = async (name: string, number = 1) =>
  read<RoundJson>(await ask(server, 'GET', `/v1/groups/${name}/rounds/${number}`));

describe('voting as another agent', () => {
  test('without its token, with that of another, or with that of the same name elsewhere', async () => {
    const [name, elsewhere] = [await group(), await group()];
    const [, mallory, same] = [
      await joined(name, 'ann'),
      await joined(name, 'mallory'),
      await joined(elsewhere, 'ann'),
    ];
    expect(codeOf(await propose(name, 'ann', 1))).toBe('token-required');
    expect(codeOf(await propose(name, 'ann', 1, { token: mallory }))).toBe('token-wrong');
    expect(codeOf(await propose(name, 'ann', 1, { token: same }))).toBe('token-wrong');
    expect((await round(name)).present).toBe(0);
  });

  test('a token counts in the Authorization header only, and as a whole', async () => {
    const name = await group();
    const token = await joined(name, 'ann');
    const path = `/v1/groups/${name}/rounds/1/proposals/ann`;
    const body = { value: 1 };
    const tries = [
      ask(server, 'PUT', `${path}?token=${token}&access_token=${token}&authorization=Bearer+${token}`, {
        body,
      }),
      ask(server, 'PUT', path, { body: { ...body, token } }),
      ask(server, 'PUT', path, { body, headers: { cookie: `token=${token}` } }),
      ask(server, 'PUT', path, { body, headers: { 'x-api-key': token } }),
      ask(server, 'PUT', path, { body, headers: { authorization: `Basic ${token}` } }),
      ask(server, 'PUT', path, { body, headers: { authorization: token } }),
      ask(server, 'PUT', path, { body, token: token.slice(0, -1) }),
      ask(server, 'PUT', path, { body, token: `${token}A` }),
      ask(server, 'PUT', path, { body, token: token.toLowerCase() }),
      ask(server, 'PUT', path, { body, headers: { authorization: `Bearer ${token}, Bearer x` } }),
    ];
    for (const answer of await Promise.all(tries)) expect([400, 401, 403]).toContain(answer.status);
    expect((await round(name)).present).toBe(0);
    expect((await propose(name, 'ann', 1, { token })).status).toBe(201);
  });

  test('the anonymous classroom call cannot speak for an agent that has joined', async () => {
    const token = await joined('default', 'ann');
    const answer = await ask(server, 'POST', '/number', {
      body: { number: 1 },
      headers: { 'x-agent-id': 'ann' },
    });
    expect(codeOf(answer)).toBe('token-required');
    await ask(server, 'DELETE', '/v1/groups/default/agents/ann', { token });
  });
});

describe('voting twice', () => {
  test('a hundred different values at once by one agent: one counts', async () => {
    const name = await group();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => propose(name, 'ann', i)));
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    expect(answers.filter(({ status }) => status === 409).length).toBe(99);
    expect((await round(name)).present).toBe(1);
  });
});

describe('replaying recorded requests', () => {
  test('over all groups and rounds, shuffled: nothing that was decided changes', async () => {
    const names = [await group(size(2)), await group(size(2))];
    const recorded: { path: string; body: object; headers: object }[] = [];
    const send = async (path: string, body: object, token: string) => {
      const headers = { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() };
      recorded.push({ path, body, headers });
      expect((await ask(server, 'PUT', path, { body, headers })).status).toBe(201);
    };
    for (const name of names) {
      const [ann, bob] = [await joined(name, 'ann'), await joined(name, 'bob')];
      for (let number = 1; number <= 3; number += 1) {
        await send(`/v1/groups/${name}/rounds/${number}/proposals/ann`, { value: number }, ann);
        await send(
          `/v1/groups/${name}/rounds/${number}/proposals/bob`,
          { value: number * (number % 2) },
          bob,
        );
      }
    }
    const outcomes = () =>
      Promise.all(names.flatMap((name) => [1, 2, 3].map((number) => round(name, number))));
    const plain = (rounds: RoundJson[]) => rounds.map((shape) => ({ ...shape, index: 0 }));
    const before = plain(await outcomes());
    for (const { body, headers } of recorded) {
      for (const { path } of recorded.toReversed()) {
        const answer = await ask(server, 'PUT', path, { body, headers: headers as Record<string, string> });
        expect([200, 401, 403, 409, 422]).toContain(answer.status);
      }
    }
    expect(plain(await outcomes())).toEqual(before);
    for (const name of names) expect((await round(name, 4)).present).toBe(0);
  });

  test("a stranger who knows an agent's key learns nothing from it", async () => {
    const name = await group();
    const token = await joined(name, 'ann');
    const headers = { 'idempotency-key': 'known' };
    expect((await propose(name, 'ann', 'secret', { token, headers })).status).toBe(201);
    // A guess that hits must look as one that misses.
    for (const guess of ['secret', 'other'])
      expect(codeOf(await propose(name, 'ann', guess, { headers }))).toBe('token-required');
    expect((await propose(name, 'ann', 'secret', { token, headers })).status).toBe(200);
  });

  test('a key for a closed group opens nothing', async () => {
    const name = `g-${randomUUID()}`;
    const made = await ask(server, 'PUT', `/v1/groups/${name}`, { body: { ...size(3), admission: 'key' } });
    const { joinKey } = read<{ joinKey: string }>(made);
    const path = `/v1/groups/${name}/agents/ann`;
    const { token } = read<{ token: string }>(await ask(server, 'PUT', path, { body: {}, token: joinKey }));
    const headers = { 'idempotency-key': 'known' };
    expect((await propose(name, 'ann', 7, { token, headers })).status).toBe(201);
    expect(codeOf(await propose(name, 'ann', 7, { headers }))).toBe('group-not-found');
  });
});

describe('peeking and enumerating', () => {
  test('a blind round shows a value nowhere before it closes', async () => {
    const name = await group();
    const secret = randomUUID();
    await propose(name, 'ann', secret);
    const answers = [
      await propose(name, 'ann', 'another'),
      await propose(name, 'bob', 'mine'),
      ...(await Promise.all(
        ['', '/rounds/1', '/rounds/open', '/rounds/latest', '/rounds', '/agents'].map((tail) =>
          ask(server, 'GET', `/v1/groups/${name}${tail}`),
        ),
      )),
      await ask(server, 'GET', '/v1/groups'),
      await ask(server, 'GET', '/metrics'),
    ];
    for (const { text, headers } of answers) {
      expect(text).not.toContain(secret);
      expect(JSON.stringify(headers)).not.toContain(secret);
    }
  });

  test('the list, and paging through it, never tells of a closed group [Q5.11]', async () => {
    const name = `z-${randomUUID()}`;
    await ask(server, 'PUT', `/v1/groups/${name}`, { body: { ...size(3), admission: 'key' } });
    expect((await ask(server, 'GET', '/v1/groups?limit=1000')).text).not.toContain(name);
    const there = await ask(server, 'GET', `/v1/groups?after=${name}`);
    const none = await ask(server, 'GET', `/v1/groups?after=${name}-not`);
    expect([there.status, none.status]).toEqual([404, 404]);
    expect(there.text).toBe(none.text);
  });
});
