import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../src/serve.ts';
import { ask, read, size, start } from './ask.ts';

/** Who may do what: every role at every route, in each kind of server and group. Each pair is stated. */

const adminToken = 'the-administrators-token';

type Role = 'anonymous' | 'admin' | 'wrong' | 'joinKey' | 'observerKey' | 'own' | 'other';

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const propose = { value: 1 };
const routes: readonly Route[] = [
  { name: 'read group', method: 'GET', path: '' },
  { name: 'read agents', method: 'GET', path: '/agents' },
  { name: 'read round', method: 'GET', path: '/rounds/1' },
  { name: 'read open', method: 'GET', path: '/rounds/open' },
  { name: 'read history', method: 'GET', path: '/rounds' },
  { name: 'read events', method: 'GET', path: '/events' },
  { name: 'update', method: 'PUT', path: '', body: { ...size(3), title: 'another' } },
  { name: 'delete', method: 'DELETE', path: '' },
  { name: 'propose', method: 'PUT', path: '/rounds/1/proposals/own', body: propose },
  { name: 'propose here', method: 'POST', path: '/proposals', body: { agent: 'own', ...propose } },
  { name: 'propose free', method: 'PUT', path: '/rounds/1/proposals/free', body: propose },
  { name: 'join free', method: 'PUT', path: '/agents/free', body: {} },
  { name: 'join own', method: 'PUT', path: '/agents/own', body: {} },
  { name: 'renew', method: 'POST', path: '/agents/own/renew' },
  { name: 'leave', method: 'DELETE', path: '/agents/own' },
  { name: 'open round', method: 'POST', path: '/rounds' },
  { name: 'close round', method: 'POST', path: '/rounds/1/close' },
];

interface Kind {
  readonly name: string;
  readonly admin: boolean;
  readonly admission: 'open' | 'key';
  readonly roles: readonly Role[];
  /** Route name -> status for each role, in the order of `roles`. */
  readonly expected: Readonly<Record<string, readonly number[]>>;
}

const reads = ['read group', 'read agents', 'read round', 'read open', 'read history', 'read events'];
const each = (names: readonly string[], statuses: readonly number[]) =>
  Object.fromEntries(names.map((name) => [name, statuses]));

const kinds: readonly Kind[] = [
  {
    name: 'no administrator, open group',
    admin: false,
    admission: 'open',
    roles: ['anonymous', 'wrong', 'own', 'other'],
    expected: {
      ...each(reads, [200, 200, 200, 200]),
      ...each(['update', 'delete'], [200, 200, 200, 200]),
      ...each(['propose', 'propose here'], [401, 403, 201, 403]),
      'propose free': [201, 201, 201, 201],
      'join free': [201, 201, 201, 201],
      'join own': [409, 409, 200, 409],
      ...each(['renew', 'leave'], [401, 403, 200, 403]),
      'open round': [409, 409, 409, 409],
      'close round': [200, 200, 200, 200],
    },
  },
  {
    name: 'no administrator, group with a key',
    admin: false,
    admission: 'key',
    roles: ['anonymous', 'wrong', 'joinKey', 'observerKey', 'own', 'other'],
    expected: {
      ...each(reads, [404, 404, 200, 200, 200, 200]),
      ...each(['update', 'delete'], [404, 404, 200, 403, 403, 403]),
      ...each(['propose', 'propose here'], [404, 404, 403, 403, 201, 403]),
      'propose free': [404, 404, 401, 401, 401, 401],
      'join free': [404, 404, 201, 403, 403, 403],
      'join own': [404, 404, 409, 403, 200, 403],
      ...each(['renew', 'leave'], [404, 404, 403, 403, 200, 403]),
      'open round': [404, 404, 409, 403, 403, 403],
      'close round': [404, 404, 200, 403, 403, 403],
    },
  },
  {
    name: 'administrator, open group',
    admin: true,
    admission: 'open',
    roles: ['anonymous', 'admin', 'wrong', 'own', 'other'],
    expected: {
      ...each(reads, [200, 200, 200, 200, 200]),
      ...each(['update', 'delete'], [401, 200, 403, 403, 403]),
      ...each(['propose', 'propose here'], [401, 403, 403, 201, 403]),
      'propose free': [201, 201, 201, 201, 201],
      'join free': [201, 201, 201, 201, 201],
      'join own': [409, 409, 409, 200, 409],
      ...each(['renew', 'leave'], [401, 403, 403, 200, 403]),
      'open round': [401, 409, 403, 403, 403],
      'close round': [401, 200, 403, 403, 403],
    },
  },
  {
    name: 'administrator, group with a key',
    admin: true,
    admission: 'key',
    roles: ['anonymous', 'admin', 'wrong', 'joinKey', 'observerKey', 'own', 'other'],
    expected: {
      ...each(reads, [404, 200, 404, 200, 200, 200, 200]),
      ...each(['update', 'delete'], [401, 200, 403, 403, 403, 403, 403]),
      ...each(['propose', 'propose here'], [404, 403, 404, 403, 403, 201, 403]),
      'propose free': [404, 401, 404, 401, 401, 401, 401],
      'join free': [404, 403, 404, 201, 403, 403, 403],
      'join own': [404, 403, 404, 409, 403, 200, 403],
      ...each(['renew', 'leave'], [404, 403, 404, 403, 403, 200, 403]),
      'open round': [401, 409, 403, 403, 403, 403, 403],
      'close round': [404, 200, 404, 403, 403, 403, 403],
    },
  },
];

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
afterAll(() => agent.destroy());

describe.each(kinds)('$name', ({ admin, admission, roles, expected }) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start(admin ? { adminToken } : {});
  });
  afterAll(() => server.stop());

  test('the table states every route', () => {
    expect(Object.keys(expected).sort()).toEqual(routes.map(({ name }) => name).sort());
    for (const statuses of Object.values(expected)) expect(statuses.length).toBe(roles.length);
  });

  test.each(routes)('$name', async ({ name, method, path, body }) => {
    const found: Record<string, number> = {};
    for (const role of roles) {
      const group = `g-${name.replace(' ', '-')}-${role.toLowerCase()}`;
      const tokens = await furnish(server, group, admin, admission);
      const answer = await ask(server, method, `/v1/groups/${group}${path}`, {
        body,
        token: tokens[role],
        agent,
      });
      found[role] = answer.status;
      // What a stranger is told of a group that is there is what it is told of one that is not; only where anybody may
      // create groups it cannot be hidden that a name is taken.
      if (answer.status === 404 && name !== 'update') {
        const none = group.replace('g-', 'n-');
        const other = await ask(server, method, `/v1/groups/${none}${path}`, {
          body,
          token: tokens[role],
          agent,
        });
        const plain = (text: string) => text.replaceAll(/"index":\d+/g, '').replaceAll(none, group);
        expect(plain(other.text), role).toBe(plain(answer.text));
        expect(headersOf(other.headers), role).toEqual(headersOf(answer.headers));
      }
    }
    expect(found).toEqual(Object.fromEntries(roles.map((role, i) => [role, expected[name]?.[i]])));
  });

  test('listing and creating groups [Q5.12]', async () => {
    const tokens = await furnish(server, 'g-for-tokens', admin, admission);
    for (const role of roles) {
      const trusted = !admin || role === 'admin';
      const refused = role === 'anonymous' ? 401 : 403;
      const list = await ask(server, 'GET', '/v1/groups?limit=1000', { token: tokens[role], agent });
      expect([role, list.status]).toEqual([role, trusted ? 200 : refused]);
      const path = `/v1/groups/made-by-${role.toLowerCase()}`;
      const made = await ask(server, 'PUT', path, { body: size(3), token: tokens[role], agent });
      expect([role, made.status]).toEqual([role, trusted ? 201 : refused]);
    }
  });

  test('nobody is kept from asking how the server is', async () => {
    for (const path of ['/healthz', '/readyz', '/v1/info'])
      expect((await ask(server, 'GET', path, { agent })).status).toBe(200);
  });
});

async function furnish(server: RunningServer, group: string, admin: boolean, admission: string) {
  const path = `/v1/groups/${group}`;
  const by = admin ? adminToken : null;
  const made = await ask(server, 'PUT', path, { body: { ...size(3), admission }, token: by, agent });
  expect(made.status, made.text).toBe(201);
  const { joinKey = null, observerKey = null } = read<{ joinKey?: string; observerKey?: string }>(made);
  const joined = async (name: string) => {
    const answer = await ask(server, 'PUT', `${path}/agents/${name}`, { body: {}, token: joinKey, agent });
    expect(answer.status, answer.text).toBe(201);
    return read<{ token: string }>(answer).token;
  };
  const own = await joined('own');
  const other = await joined('other');
  const tokens: Record<Role, string | null> = {
    anonymous: null,
    admin: adminToken,
    wrong: 'a-token-that-nobody-gave-to-anybody',
    joinKey,
    observerKey,
    own,
    other,
  };
  return tokens;
}

function headersOf(headers: http.IncomingHttpHeaders): object {
  const { date: _date, 'quorate-session': _session, 'content-length': _length, ...rest } = headers;
  return rest;
}
