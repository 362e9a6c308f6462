import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenApi, type OperationObject, responsesOf } from '../../src/http/openapi/document.ts';
import type { ResponseObject } from '../../src/http/openapi/responses.ts';
import { type Kind, type Role, rolesIn } from '../../src/http/openapi/roles.ts';
import { secret } from '../../src/http/openapi/samples.ts';
import { logger } from '../../src/operator/logger.ts';
import type { RunningServer } from '../../src/serve.ts';
import { type Answer, ask, codeOf, read, size, start } from './ask.ts';

/**
 * Who may do what: every operation of the document as every role, in each kind of group, against what the operation
 * declares of itself as `x-access`. [Q5.4] [Q5.11] [Q5.12]
 */

const adminToken = 'the-administrators-token';
const kinds = Object.keys(rolesIn) as Kind[];
/** An agent that the request names: one that has joined, or nobody yet. */
type Named = 'joined' | 'free';
const names: Readonly<Record<Named, string>> = { joined: 'own', free: 'free' };
type Tokens = Readonly<Record<Role, string | null>>;

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

/** Where webhooks may go: nothing listens on this port. */
const receiver = 'http://127.0.0.1:9/';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
/** What the operators of both servers are told, and the secrets that no line of it may show. */
const lines: string[] = [];
const secrets = new Set<string>([adminToken, secret]);
const servers: Partial<Record<'plain' | 'admin', RunningServer>> = {};
let document: OpenApi;
let listed: readonly Operation[];
const serverOf = (kind: Kind) => servers[hasAdmin(kind) ? 'admin' : 'plain'] as RunningServer;
const hasAdmin = (kind: Kind) => kind.endsWith('WithAdmin');

beforeAll(async () => {
  const webhookAllow = [new URL(receiver).host];
  const notify = logger({ write: (line) => lines.push(line) > 0, format: () => 'json', level: 'debug' });
  const shared = { webhookAllow, notify, detail: 'requests' } as const;
  servers.plain = await start(shared);
  servers.admin = await start({ adminToken, ...shared });
  document = read<OpenApi>(await ask(servers.plain, 'GET', '/openapi.json', { agent }));
  listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
});
afterAll(async () => {
  agent.destroy();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

test('every operation declares who gets through, whomever it names', () => {
  const classes = document['x-access'];
  const used = new Set<string>();
  for (const { id, operation } of listed) {
    const declared = operation['x-access'];
    expect(declared, `${id} has no x-access: declare it in src/http/openapi`).toBeDefined();
    const wanted = namesAgent(operation) ? ['free', 'joined'] : [];
    expect(typeof declared === 'string' ? [] : Object.keys(declared).sort(), id).toEqual(wanted);
    const ofLines = operation['x-errors-of-lines'] ?? [];
    const codes = new Set([...ofLines, ...Object.values(responsesOf(document, operation)).flatMap(codesIn)]);
    for (const name of Object.values(typeof declared === 'string' ? { declared } : declared)) {
      used.add(name);
      for (const kind of kinds) {
        const { answers = {} as never } = classes[name] ?? {};
        expect(Object.keys(answers[kind]), `${name}, ${kind}`).toEqual([...rolesIn[kind]]);
        for (const verdict of Object.values(answers[kind]))
          if (verdict !== 'yes')
            expect(codes, `${id} does not name the error it refuses with`).toContain(verdict);
      }
    }
  }
  expect([...used].sort()).toEqual(Object.keys(classes).sort());
});

describe.each(kinds)('%s', (kind) => {
  test('every operation lets each role through, or refuses it, as it declares', {
    timeout: 120_000,
  }, async () => {
    let asked = 0;
    const wrong: string[] = [];
    for (const one of listed) {
      const declared = one.operation['x-access'];
      const ways = typeof declared === 'string' ? (['joined'] as const) : (['joined', 'free'] as const);
      for (const way of ways) {
        const name = typeof declared === 'string' ? declared : declared[way];
        for (const role of rolesIn[kind]) {
          const verdict = document['x-access'][name]?.answers[kind][role];
          const where = `${one.method} ${one.path} (${way}) as ${role}`;
          const found = await verdictOf(kind, one, way, role);
          asked += 1;
          if (found !== verdict) wrong.push(`${where}: ${found}, declared ${verdict}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(rolesIn[kind].length * listed.length);
  });

  test('creating a group needs the administrator, where there is one [Q5.12]', async () => {
    const server = serverOf(kind);
    const { tokens } = await furnish(server, kind);
    for (const role of rolesIn[kind]) {
      const path = `/v1/groups/made-by-${role.toLowerCase()}-${kind.toLowerCase()}`;
      const made = await ask(server, 'PUT', path, { body: size(3), token: tokens[role], agent });
      const refused = role === 'nobody' ? 401 : 403;
      expect([role, made.status]).toEqual([role, !hasAdmin(kind) || role === 'admin' ? 201 : refused]);
    }
  });
});

test('no line that an operator gets of all these requests shows what anybody proved itself with', () => {
  expect(lines.length).toBeGreaterThan(1000);
  expect(secrets.size).toBeGreaterThan(100);
  const all = lines.join('\n');
  expect((all.match(/[\w-]+/g) ?? []).filter((word) => secrets.has(word))).toEqual([]);
  // Nor what webhooks are signed with, which only the answers show.
  expect(all).not.toContain('whsec_');
});

/** What becomes of the operation's own example, sent by this role in a group of its own: `yes`, or the code of the refusal. */
async function verdictOf(kind: Kind, one: Operation, way: Named, role: Role): Promise<string> {
  const server = serverOf(kind);
  const { group, tokens, offset } = await furnish(server, kind);
  // The next round can be asked for only where none is open.
  if (one.id === 'openRound') await closeFirst(server, group, tokens, kind);
  if (['takeClaim', 'getClaim'].includes(one.id)) await decideFirst(server, group, tokens, kind);
  if (/(Webhook|Deliver)/.test(one.id)) await hookFirst(server, one, group, tokens, kind);
  const token = tokens[role];
  const at = { group, offset };
  const answer = await send(server, one, at, way, token);
  if (answer.status < 300) return 'yes';
  const code = codeOf(answer);
  // What a stranger is told of a group that is there is what it is told of one that is not; only where anybody may create
  // groups it cannot be hidden that a name is taken.
  if (code === 'group-not-found' && one.id !== 'putGroup') {
    const none = group.replace('g-', 'n-');
    const other = await send(server, one, { group: none, offset }, way, token);
    const plain = ({ text }: Answer) => text.replaceAll(/"index":\d+/g, '').replaceAll(none, group);
    expect(plain(other), `${one.id} as ${role}`).toBe(plain(answer));
    expect(headersOf(other.headers), `${one.id} as ${role}`).toEqual(headersOf(answer.headers));
  }
  return code;
}

async function send(
  server: RunningServer,
  { method, path, operation }: Operation,
  { group, offset }: { readonly group: string; readonly offset: number },
  way: Named,
  token: string | null,
): Promise<Answer> {
  const place = { round: '1', offset: String(offset), id: '1', webhook: 'channel', number: '1' };
  const values: Readonly<Record<string, string>> = { group, agent: names[way], ...place };
  const inPath = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? expect.fail(`{${name}}`));
  const filled = operation.parameters.some(({ $ref }) => $ref.endsWith('/fence'))
    ? `${inPath}?fence=7`
    : inPath;
  const example = exampleOf(operation);
  const body =
    example === undefined
      ? undefined
      : {
          ...example,
          ...('agent' in example ? { agent: names[way] } : {}),
          ...('url' in example ? { url: receiver } : {}),
        };
  if (!takesLines(operation)) return ask(server, method, filled, { body, token, agent });
  const headers = { 'content-type': ndjson };
  const answer = await ask(server, method, filled, { body: { ...body, group }, headers, token, agent });
  const line = read<{ status: number; problem?: object }>(answer);
  const type = line.problem === undefined ? ndjson : 'application/problem+json; charset=utf-8';
  return {
    status: line.status,
    headers: { ...answer.headers, 'content-type': type },
    text: JSON.stringify(line.problem),
  };
}

const ndjson = 'application/x-ndjson';
const takesLines = ({ requestBody }: OperationObject): boolean => requestBody?.content[ndjson] !== undefined;

/** The body of the operation's example, or its first line. */
function exampleOf({ requestBody }: OperationObject): object | undefined {
  const example = Object.values(requestBody?.content ?? {})[0]?.example;
  return typeof example === 'string'
    ? JSON.parse(example.split('\n')[0] as string)
    : (example as object | undefined);
}

const namesAgent = (operation: OperationObject): boolean =>
  operation.parameters.some(({ $ref }) => $ref.endsWith('/agent')) || 'agent' in (exampleOf(operation) ?? {});

let made = 0;

/** A group with two agents in it, the offset of what one of them has said, and what each role would present to it. */
interface Furnished {
  readonly group: string;
  readonly offset: number;
  readonly tokens: Tokens;
}

async function furnish(server: RunningServer, kind: Kind): Promise<Furnished> {
  made += 1;
  const group = `g-${made}`;
  const path = `/v1/groups/${group}`;
  const admission = /^(key|invite|open)/.exec(kind)?.[0] ?? '';
  // Named, since only who has a name can be waived.
  const agents = [...Object.values(names), 'other', 'one-more'];
  const rule = { electorate: { agents }, threshold: 1, next: 'manual' };
  const body = { rule, admission };
  const answer = await ask(server, 'PUT', path, { body, token: hasAdmin(kind) ? adminToken : null, agent });
  expect(answer.status, answer.text).toBe(201);
  const { joinKey = null, observerKey = null } = read<{ joinKey?: string; observerKey?: string }>(answer);
  const joined = async (name: string) => {
    const token = admission === 'invite' ? await invited(name) : joinKey;
    const lease = await ask(server, 'PUT', `${path}/agents/${name}`, { body: {}, token, agent });
    expect(lease.status, lease.text).toBe(201);
    return read<{ token: string }>(lease).token;
  };
  const invited = async (name: string) => {
    const token = hasAdmin(kind) ? adminToken : joinKey;
    await ask(server, 'POST', `${path}/invites`, { body: { agent: name, secret }, token, agent });
    const answer = await ask(server, 'POST', `${path}/invites/${name}/redeem`, { body: { secret }, agent });
    expect(answer.status, answer.text).toBe(200);
    return read<{ token: string }>(answer).token;
  };
  const tokens = {
    nobody: null,
    stranger: 'a-token-that-nobody-gave-to-anybody',
    observerKey,
    joinKey,
    another: await joined('other'),
    self: await joined(names.joined),
    admin: adminToken,
  };
  for (const token of Object.values(tokens)) if (token !== null) secrets.add(token);
  const said = await ask(server, 'POST', `${path}/messages`, {
    body: { body: 1 },
    token: tokens.another,
    agent,
  });
  expect(said.status, said.text).toBe(201);
  return { group, offset: read<{ offset: number }>(said).offset, tokens };
}

async function closeFirst(server: RunningServer, group: string, tokens: Tokens, kind: Kind): Promise<void> {
  const token = hasAdmin(kind) ? tokens.admin : tokens.joinKey;
  const closed = await ask(server, 'POST', `/v1/groups/${group}/rounds/1/close`, { token, agent });
  expect(closed.status, closed.text).toBe(200);
}

/** Makes the webhook that an operation is about, and something to deliver to it. */
async function hookFirst(
  server: RunningServer,
  { path }: Operation,
  group: string,
  tokens: Tokens,
  kind: Kind,
): Promise<void> {
  const token = hasAdmin(kind) ? tokens.admin : tokens.joinKey;
  const at = `${path.replace(/\/webhooks.*/, '').replace('{group}', group)}/webhooks/channel`;
  const put = await ask(server, 'PUT', at, { body: { url: receiver }, token, agent });
  const tested = await ask(server, 'POST', `${at}/test`, { token, agent });
  // Nobody may have webhooks of a server that has no administrator.
  const isRefused = path.startsWith('/v1/webhooks') && !hasAdmin(kind);
  expect([put.status < 300, tested.status < 300], put.text).toEqual([!isRefused, !isRefused]);
}

async function decideFirst(server: RunningServer, group: string, tokens: Tokens, kind: Kind): Promise<void> {
  const path = `/v1/groups/${group}/rounds/1/proposals/other`;
  const said = await ask(server, 'PUT', path, { body: { value: 'approve' }, token: tokens.another, agent });
  expect(said.status, said.text).toBe(201);
  await closeFirst(server, group, tokens, kind);
}

function codesIn({ content = {} }: ResponseObject): string[] {
  return Object.keys(content['application/problem+json']?.examples ?? {});
}

function headersOf(headers: http.IncomingHttpHeaders): object {
  const { date: _date, 'quorate-session': _session, 'content-length': _length, ...rest } = headers;
  return rest;
}
