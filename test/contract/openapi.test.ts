import { describe, expect, test } from 'vitest';
import { documentOf, type OpenApi } from '../../src/http/openapi/document.ts';
import type { Operation } from '../../src/http/openapi/operation.ts';
import { curlOf } from '../../src/http/openapi/page.ts';
import { allowListOf } from '../../src/webhooks/allow-list.ts';
import { raw } from '../conformance/http/ask.ts';
import { classroomCases } from '../conformance/http/classroom.ts';
import { httpConformance } from '../conformance/http.ts';
import { type Answer, type AppOptions, EventReader, type RunningApp, startApp } from '../harness/app.ts';
import { Contract } from './schemas.ts';

/** What the server answers is what /openapi.json says. */

const { app, stop } = await startApp();
await stop();
const { routes } = app.router;
const document: OpenApi = documentOf('0.0.0', routes);
/** By method and path. */
const operations: Readonly<Record<string, Operation>> = Object.fromEntries(
  routes.flatMap(({ method, path, operation }) =>
    operation === null ? [] : [[`${method} ${path}`, operation]],
  ),
);
const contract = new Contract(document);

/** How far the story must have come for an example to be sent: the operations before it. */
const before: Readonly<Record<string, readonly string[]>> = {
  getGroup: ['putGroup'],
  listGroups: ['putGroup'],
  deleteGroup: ['putGroup'],
  propose: ['putGroup'],
  proposeInOpenRound: ['putGroup'],
  proposeMany: ['putGroup'],
  getRound: ['putGroup', 'propose'],
  explainRound: ['putGroup', 'propose'],
  listProposals: ['putGroup', 'propose'],
  listRounds: ['putGroup', 'propose'],
  openRound: ['putGroup', 'closeRound'],
  closeRound: ['putGroup', 'propose'],
  setDeadline: ['putGroup', 'propose'],
  waive: ['putGroup', 'propose'],
  takeClaim: ['putGroup', 'propose'],
  getClaim: ['putGroup', 'propose', 'takeClaim'],
  renewClaim: ['putGroup', 'propose', 'takeClaim'],
  spendClaim: ['putGroup', 'propose', 'takeClaim'],
  giveBackClaim: ['putGroup', 'propose', 'takeClaim'],
  join: ['putGroup'],
  renewLease: ['putGroup', 'join'],
  leave: ['putGroup', 'join'],
  listAgents: ['putGroup', 'join'],
  streamEvents: ['putGroup', 'propose'],
  streamGroups: ['putGroup', 'join', 'say'],
  readStream: ['putGroup', 'join', 'say'],
  readMessages: ['putGroup', 'join', 'say'],
  say: ['putGroup', 'join'],
  getMessage: ['putGroup', 'join', 'say'],
  explainMessage: ['putGroup', 'join', 'say'],
  getView: ['putGroup', 'join'],
  putCursor: ['putGroup', 'join'],
  getCursor: ['putGroup', 'join'],
  putWebhook: ['putGroup'],
  listWebhooks: ['putGroup', 'putWebhook'],
  getWebhook: ['putGroup', 'putWebhook'],
  deleteWebhook: ['putGroup', 'putWebhook'],
  testWebhook: ['putGroup', 'putWebhook'],
  listDeliveries: ['putGroup', 'putWebhook', 'testWebhook'],
  replayDelivery: ['putGroup', 'putWebhook', 'testWebhook'],
  listServerWebhooks: ['putServerWebhook'],
  getServerWebhook: ['putServerWebhook'],
  deleteServerWebhook: ['putServerWebhook'],
  testServerWebhook: ['putServerWebhook'],
  listServerDeliveries: ['putServerWebhook', 'testServerWebhook'],
  replayServerDelivery: ['putServerWebhook', 'testServerWebhook'],
  listInvites: ['createInvite'],
  revokeInvite: ['createInvite'],
  redeemInvite: ['createInvite'],
};

describe('the example of each operation', () => {
  test.each(Object.entries(operations).map(([route, { id }]) => ({ id, route })))('$id', async (one) => {
    // The webhooks of the server are its administrator's.
    const adminToken = /Server(Webhook|Deliver)/.test(one.id) ? 'the-administrators-token' : undefined;
    const tell = async (app: RunningApp, answers: readonly Answer[]): Promise<void> => {
      if (adminToken === undefined) await defaultGroup(app);
      let token = adminToken ?? (/keys|invite/i.test(one.id) ? await groupWithKeys(app) : '');
      let fence = '';
      for (const id of [...(before[one.id] ?? []), one.id]) {
        const [route = '', operation] = Object.entries(operations).find(([, o]) => o.id === id) ?? [];
        if (operation === undefined) throw new Error(`there is no operation ${id}`);
        const { example } = operation;
        if (id === 'streamEvents') return readsEvents(app, example.path);
        if (id === 'streamGroups') return readsGroups(app, example.path, token);
        const headers = { ...example.headers, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
        const method = route.split(' ', 1)[0] as string;
        // A body of lines is sent as it stands.
        const body = typeof example.body === 'string' ? raw(example.body) : example.body;
        // A second approval decides.
        if (id === 'takeClaim')
          await app.ask('PUT', '/v1/groups/deploy/rounds/1/proposals/ci', { value: 'approve' });
        // What the log has counted up to by then depends on who else has written.
        const path = example.path.replace(/fence=\d+/, `fence=${fence}`);
        const fenced =
          (body as { fence?: number } | undefined)?.fence === undefined
            ? body
            : { ...(body as object), fence: Number(fence) };
        const reply = await app.ask(method, path, fenced, headers);
        expect(reply.status, reply.story).toBeLessThan(300);
        if (id === 'takeClaim') fence = String(reply.as<{ fence: number }>().fence);
        if (id === 'join') token = reply.as<{ token: string }>().token;
      }
      expect(answers.at(-1)?.route).toBe(one.route);
      const complaints = answers.map((answer) => contract.complaint(answer)).filter(Boolean);
      expect(complaints.join('\n')).toBe('');
      sameMembers(one.route, answers.at(-1) as Answer);
    };
    await within(tell, adminToken === undefined ? {} : { adminToken });
  });
});

test('every answer to the conformance suite is as described', async () => {
  const complaints = new Set<string>();
  let answered = 0;
  await within(
    async (app) => {
      await defaultGroup(app);
      // Those of the classroom share one group; each other case has its own.
      const others = httpConformance.filter((one) => !classroomCases.includes(one));
      const inTurn = async (): Promise<void> => {
        for (const { run } of classroomCases) await run(app.url);
      };
      await Promise.all([inTurn(), ...others.map(({ run }) => run(app.url))]);
    },
    {
      onAnswer: (answer) => {
        answered += 1;
        const complaint = answer.route.endsWith('undefined') ? null : contract.complaint(answer);
        if (complaint !== null) complaints.add(complaint);
      },
    },
  );
  expect([...complaints].join('\n')).toBe('');
  expect(answered).toBeGreaterThan(httpConformance.length);
});

test('a contract notices a member, a status and an error that are not described', () => {
  const route = 'GET /healthz';
  const answer = { route, status: 200, type: 'application/json', body: '{"status":"ok","index":1}' };
  expect(contract.complaint(answer)).toBeNull();
  expect(contract.complaint({ ...answer, body: '{"status":"ok","index":1,"more":1}' })).toMatch(/additional/);
  expect(contract.complaint({ ...answer, status: 418 })).toMatch(/418/);
  const problem = document.components.examples['round-closed']?.value;
  const refused = { status: 400, type: 'application/problem+json', body: JSON.stringify(problem) };
  expect(contract.complaint({ route, ...refused })).toMatch(/round-closed/);
});

test('a curl line is the request of the example, quoted for a shell', () => {
  const operation = document.paths['/number']?.post;
  expect(operation && curlOf('post', operation)).toBe(
    `curl -X POST -H 'content-type: application/json' -d '{"number":7}' 'http://127.0.0.1:5000/number'`,
  );
});

/** An example shows the members that are sent, no more and no less. */
function sameMembers(route: string, { status, type, body }: Answer): void {
  const example = operations[route]?.responses[status]?.content?.[type.split(';', 1)[0] ?? '']?.example;
  if (typeof example !== 'object' || route === 'GET /openapi.json') return;
  const members = (json: unknown): string[] => Object.keys(json as object).sort();
  expect(members(example), `the example of ${route}`).toEqual(members(JSON.parse(String(body))));
}

async function readsEvents(app: RunningApp, path: string): Promise<void> {
  const reader = new EventReader(app.url + path);
  try {
    const [first] = await reader.until(({ events }) => events.length > 0 && events);
    expect(contract.wrong({ $ref: '#/components/schemas/Snapshot' }, first?.data)).toBeNull();
    await app.ask('PUT', '/v1/groups/deploy/rounds/1/proposals/ci', { value: 'reject' });
    const [, next] = await reader.until(({ events }) => events.length > 1 && events);
    expect(contract.wrong({ $ref: '#/components/schemas/Event' }, next?.data)).toBeNull();
  } finally {
    reader.hangUp();
  }
}

async function readsGroups(app: RunningApp, path: string, token: string): Promise<void> {
  const reader = new EventReader(app.url + path);
  try {
    const [start] = await reader.until(({ events }) => events.length > 0 && events);
    expect(contract.wrong({ $ref: '#/components/schemas/FeedStart' }, start?.data)).toBeNull();
    const { status } = await app.ask('DELETE', '/v1/groups/deploy/agents/reviewer-1', undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(status).toBe(200);
    const [, left, view] = await reader.until(({ events }) => events.length > 2 && events);
    expect(contract.wrong({ $ref: '#/components/schemas/Event' }, left?.data)).toBeNull();
    expect(contract.wrong({ $ref: '#/components/schemas/GroupItem' }, view?.data)).toBeNull();
  } finally {
    reader.hangUp();
  }
}

async function defaultGroup(app: RunningApp): Promise<void> {
  const rule = { electorate: { size: 3 }, threshold: 2 };
  const reply = await app.ask('PUT', '/v1/groups/default', { preset: 'classroom', rule });
  expect(reply.status, reply.story).toBe(201);
}

/** The group of the examples that has keys; gives its join key. */
async function groupWithKeys(app: RunningApp): Promise<string> {
  const reply = await app.ask('PUT', '/v1/groups/board', { admission: 'invite' });
  expect(reply.status, reply.story).toBe(201);
  return reply.as<{ joinKey: string }>().joinKey;
}

async function within(
  work: (app: RunningApp, answers: readonly Answer[]) => Promise<void>,
  options: AppOptions = {},
): Promise<void> {
  const answers: Answer[] = [];
  const onAnswer = (answer: Answer): void => void answers.push(answer);
  // Nothing here sends anything to webhooks.
  const webhooks = { list: allowListOf(['*']), key: null };
  const app = await startApp({ onAnswer, webhooks, ...options });
  try {
    await work(app, answers);
    expect(app.reported).toEqual([]);
  } finally {
    await app.stop();
  }
}
