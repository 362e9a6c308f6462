import { afterEach, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import type { ProblemJson, RoundJson } from '../../core/view/json-types.ts';

let app: RunningApp;
afterEach(() => app.stop());

const round1 = '/v1/groups/g/rounds/1';
const abc = { electorate: { agents: ['a', 'b', 'c'] }, next: 'manual' };

async function group(rule: object = {}, more: object = {}): Promise<void> {
  app = await startApp();
  const made = await app.ask('PUT', '/v1/groups/g', { rule: { ...abc, ...rule }, ...more });
  expect(made.status, made.story).toBe(201);
}

const patch = (body: unknown, headers: Record<string, string> = {}) =>
  app.ask('PATCH', round1, body, headers);
const waive = (agent: string, reason: unknown = 'on holiday', headers: Record<string, string> = {}) =>
  app.ask('PUT', `${round1}/waivers/${agent}`, { reason }, headers);

describe('PATCH of a round sets its deadline [Q4.36]', () => {
  test('by a duration from log time, by a time as it stands, or to none', async () => {
    await group();
    const before = app.replica.state.time;
    const soon = await patch({ deadline: '10m' });
    expect(soon.status, soon.story).toBe(200);
    const { deadlineAt, deadlineSet } = soon.as<RoundJson>();
    expect(Date.parse(deadlineAt ?? '') - before).toBeGreaterThanOrEqual(600_000);
    expect(deadlineSet).toMatchObject({ by: null, times: 1 });
    expect(Date.parse(deadlineAt ?? '') - Date.parse(deadlineSet?.time ?? '')).toBe(600_000);
    const year = new Date().getUTCFullYear();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const set = await patch({ deadline: tomorrow });
    expect(set.as()).toMatchObject({ deadlineAt: tomorrow, deadlineSet: { times: 2 } });
    expect(set.headers.get('etag')).toBe(`"${set.as<RoundJson>().revision}"`);
    const again = await patch({ deadline: tomorrow.replace('Z', '+00:00').toLowerCase() });
    expect(again.as(), 'the same time').toMatchObject({ revision: set.as<RoundJson>().revision });
    const east = `${year + 1}-01-01T02:00:00.5+02:00`;
    expect((await patch({ deadline: east })).as()).toMatchObject({
      deadlineAt: `${year + 1}-01-01T00:00:00.500Z`,
    });
    expect((await patch({ deadline: null })).as()).toMatchObject({ deadlineAt: null });
    expect((await patch({ deadline: 1 })).as()).toMatchObject({ deadlineSet: { times: 5 } });
    const over = await app.ask('GET', `${round1}?wait=10s`);
    expect(over.as()).toMatchObject({ state: 'FAILED', reason: 'deadline', deadlineSet: { times: 5 } });
  });

  test.each([
    {},
    { deadline: 'soon' },
    { deadline: '2026-02-30T00:00:00Z' },
    { deadline: '2026-12-01T24:00:00Z' },
    { deadline: '2026-12-01T23:59:60Z' },
    { deadline: '2026-12-01T00:00:00+99:00' },
    { deadline: '2026-12-01' },
    { deadline: '2026-12-01 00:00:00Z' },
    { deadline: '2026-12-01T00:00:00' },
    { deadline: true },
    { deadline: ['10m'] },
    { deadline: -1 },
  ])('%j is refused, and says what to write', async (body) => {
    await group();
    const answer = await patch(body);
    expect(answer.status, answer.story).toBe(400);
    const { code, detail } = answer.as<ProblemJson>();
    expect(code).toBe('invalid-request');
    expect(detail).toContain('a duration such as "10m", a time such as "2026-12-01T18:00:00Z", or null');
  });

  test.each(['367d', '2400-01-01T00:00:00Z', '0s', '2020-01-01T00:00:00Z'])(
    '%s is out of range',
    async (deadline) => {
      await group();
      const answer = await patch({ deadline });
      expect(answer.status, answer.story).toBe(422);
      expect(answer.as()).toMatchObject({ code: 'deadline-out-of-range', round: { deadlineSet: null } });
    },
  );

  test('has no other members, needs a round that is open, and may name a revision', async () => {
    await group();
    const more = await patch({ deadline: '10m', reason: 'x' });
    expect(more.as()).toMatchObject({ code: 'invalid-request' });
    expect((await patch({ deadline: '10m' }, { 'if-match': '"99"' })).as()).toMatchObject({ status: 412 });
    const { revision } = (await app.ask('GET', round1)).as<RoundJson>();
    expect((await patch({ deadline: '10m' }, { 'if-match': `"${revision}"` })).status).toBe(200);
    const next = await app.ask('PATCH', '/v1/groups/g/rounds/2', { deadline: '10m' });
    expect(next.as()).toMatchObject({ code: 'round-not-open', status: 409 });
    await app.ask('POST', `${round1}/close`);
    const late = await patch({ deadline: '10m' });
    expect(late.as()).toMatchObject({ code: 'round-closed', round: { state: 'FAILED' } });
  });
});

describe('PUT of a waiver [Q4.37]', () => {
  test('answers 201 with the round, and 200 with the first reason when it is sent again', async () => {
    await group();
    const first = await waive('c');
    expect(first.status, first.story).toBe(201);
    expect(first.as()).toMatchObject({
      eligible: 2,
      missing: ['a', 'b'],
      waived: [{ agent: 'c', by: null, reason: 'on holiday' }],
    });
    const again = await waive('c', 'ill');
    expect(again.status, again.story).toBe(200);
    expect(again.as()).toMatchObject({ waived: [{ reason: 'on holiday' }] });
    const refused = await app.ask('PUT', `${round1}/proposals/c`, { value: 1 });
    expect(refused.as()).toMatchObject({
      status: 403,
      code: 'not-eligible',
      detail: 'agent c has been waived in round 1: on holiday',
    });
    expect((await waive('a')).status).toBe(201);
    expect((await waive('b')).as()).toMatchObject({ status: 409, code: 'cannot-be-waived' });
  });

  test('needs a reason', async () => {
    await group();
    for (const reason of ['', 'x'.repeat(201), 7, null]) {
      const answer = await waive('c', reason);
      expect(answer.as(), answer.story).toMatchObject({
        code: 'invalid-request',
        detail: 'reason must be a text of 1 to 200 characters',
      });
    }
    expect((await app.ask('PUT', `${round1}/waivers/c`, {})).as()).toMatchObject({ code: 'invalid-request' });
    expect((await waive('c', 'x'.repeat(200))).status).toBe(201);
  });

  test('is for whom mayWaive names, under its token [Q4.38]', async () => {
    app = await startApp({ adminToken: 'the-administrator' });
    const admin = { authorization: 'Bearer the-administrator' };
    await app.ask('PUT', '/v1/groups/g', { rule: abc, mayWaive: ['a'], mayClose: 'agents' }, admin);
    const bearer = async (agent: string) => {
      const joined = await app.ask('PUT', `/v1/groups/g/agents/${agent}`, {});
      return { authorization: `Bearer ${joined.as<{ token: string }>().token}` };
    };
    const [a, b] = [await bearer('a'), await bearer('b')];
    expect((await waive('c', 'x', b)).as()).toMatchObject({ status: 403, code: 'may-not-waive' });
    expect((await waive('c', 'x')).as()).toMatchObject({ status: 401, code: 'token-required' });
    const waived = await waive('c', 'x', a);
    expect(waived.as(), waived.story).toMatchObject({ waived: [{ agent: 'c', by: 'a' }] });
    const put = await app.ask('PATCH', round1, { deadline: '10m' }, b);
    expect(put.as(), put.story).toMatchObject({ deadlineSet: { by: 'b' } });
  });

  test('of who has proposed is refused with the same bytes whatever it said [Q4.39]', async () => {
    const answers = new Set<string>();
    for (const body of [{ value: 1 }, { value: 2 }, { abstain: true }]) {
      await group();
      await app.ask('PUT', `${round1}/proposals/a`, { value: 1 });
      await app.ask('PUT', `${round1}/proposals/b`, body);
      const answer = await waive('b');
      expect(answer.status, answer.story).toBe(409);
      answers.add(answer.text.replaceAll(/"\d{4}-[^"]*Z"/g, '"time"'));
      await app.stop();
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toContain('already-proposed');
  });
});
