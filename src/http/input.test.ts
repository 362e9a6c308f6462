import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raw } from '../../test/conformance/http/ask.ts';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import type { GroupJson, ProblemJson, RoundJson } from '../core/view/json-types.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const json = { 'content-type': 'application/json' };

/** A group of three under a name that no other test uses. */
async function made(name: string): Promise<GroupJson> {
  return (await app.ask('PUT', `/v1/groups/${name}`, { rule: { next: 'manual' } })).as<GroupJson>();
}

describe('a body [Q6.8]', () => {
  it.each(['application/json', 'application/json; charset=utf-8'])(
    'that is compressed is refused by name, sent as %s',
    async (type) => {
      await made('coded');
      const body = raw(new Uint8Array(gzipSync('{"value": 7}')));
      const headers = { 'content-type': type, 'content-encoding': 'gzip' };
      const path = '/v1/groups/coded/rounds/1/proposals/ann';
      const reply = await app.ask('PUT', path, body, headers);
      expect(reply.status).toBe(415);
      expect(reply.headers.get('accept-encoding')).toBe('identity');
      expect(reply.as<ProblemJson>()).toMatchObject({
        code: 'unsupported-media-type',
        detail: expect.stringContaining('Content-Encoding "gzip"'),
        fix: expect.stringContaining('not compressed'),
      });
      expect(
        (await app.ask('PUT', path, { value: 7 }, { 'content-encoding': 'identity' })).status,
      ).toBeLessThan(202);
    },
  );

  it('of nothing, said to be JSON, is fine where none is expected and named where one is', async () => {
    await made('empty');
    const close = await app.ask('POST', '/v1/groups/empty/rounds/1/close', undefined, json);
    expect(close.status).toBe(200);
    expect((await app.ask('POST', '/v1/groups/empty/rounds', undefined, json)).status).toBe(201);
    const proposal = await app.ask('PUT', '/v1/groups/empty/rounds/2/proposals/ann', undefined, json);
    expect(proposal.as<ProblemJson>()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('empty'),
    });
    const settings = await app.ask('PUT', '/v1/groups/empty', undefined, json);
    expect(settings.as<ProblemJson>()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('empty'),
    });
    expect((await app.ask('PUT', '/v1/groups/empty/agents/ann', undefined, json)).status).toBeLessThan(202);
    expect((await app.ask('DELETE', '/v1/groups/empty', undefined, json)).status).toBe(200);
  });

  it.each(['application/json', 'application/json; charset=utf-8'])(
    'that begins with a byte order mark, or is not UTF-8, is refused by name, sent as %s',
    async (type) => {
      await made('marked');
      const path = '/v1/groups/marked/rounds/1/proposals/ann';
      const put = async (body: string | Uint8Array<ArrayBuffer>) =>
        (await app.ask('PUT', path, raw(body), { 'content-type': type })).as<ProblemJson>();
      expect((await put('\ufeff{"value": 7}')).detail).toMatch(/byte order mark/);
      expect((await put(new Uint8Array(Buffer.from('{"value": "caf\xe9"}', 'latin1')))).detail).toMatch(
        /not UTF-8/,
      );
    },
  );
});

describe('a number [Q4.20]', () => {
  it('in 17 digits that name a double is counted under its shortest form', async () => {
    await made('digits');
    const put = (agent: string, number: string) =>
      app.ask('PUT', `/v1/groups/digits/rounds/1/proposals/${agent}`, raw(`{"value": ${number}}`), json);
    expect((await put('ann', '0.66666666666666663')).status).toBe(201);
    expect((await put('ann', '0.6666666666666666')).status).toBe(200);
    expect((await put('bob', '0.66666666666666664')).as<ProblemJson>().code).toBe('invalid-json');
    expect((await put('bob', '12345678901234567890')).as<ProblemJson>().code).toBe('invalid-json');
    const closed = await app.ask('POST', '/v1/groups/digits/rounds/1/close');
    expect(closed.as<RoundJson>().tally?.[0]?.value).toBe(0.6666666666666666);
  });

  it('is compared within a tolerance as the decimal that was sent [Q4.22]', async () => {
    const rule = { electorate: { size: 2 }, threshold: 2, equality: { tolerance: 0.1 } };
    await app.ask('PUT', '/v1/groups/tenths', { rule });
    const put = (agent: string, number: string) =>
      app.ask('PUT', `/v1/groups/tenths/rounds/1/proposals/${agent}`, raw(`{"value": ${number}}`), json);
    await put('ann', '21.0');
    expect((await put('bob', '21.1')).as<RoundJson>()).toMatchObject({ state: 'SUCCESS', value: 21 });
  });
});

describe('If-Match [Q6.9] [Q3.13]', () => {
  it('takes a revision that a proxy has made weak', async () => {
    const { revision } = await made('weak');
    const stale = await app.ask('DELETE', '/v1/groups/weak', undefined, {
      'if-match': `W/"${revision - 1}"`,
    });
    expect(stale.status).toBe(412);
    const path = '/v1/groups/weak/rounds/1/close';
    expect((await app.ask('POST', path, undefined, { 'if-match': `W/"${revision}"` })).status).toBe(200);
  });

  it('takes * for whichever revision there is, and makes no group', async () => {
    const any = { 'if-match': '*' };
    const missing = await app.ask('PUT', '/v1/groups/star', { title: 'tea' }, any);
    expect(missing.as<ProblemJson>()).toMatchObject({ status: 404, code: 'group-not-found' });
    await made('star');
    expect((await app.ask('PUT', '/v1/groups/star', { title: 'tea' }, any)).status).toBe(200);
    expect((await app.ask('POST', '/v1/groups/star/rounds/1/close', undefined, any)).status).toBe(200);
    expect((await app.ask('DELETE', '/v1/groups/star', undefined, any)).status).toBe(200);
  });

  it.each(['"x"', 'W/x', '**', '"1"2"', '-1'])('refuses %s', async (match) => {
    await made('match');
    const reply = await app.ask('DELETE', '/v1/groups/match', undefined, { 'if-match': match });
    expect(reply.as<ProblemJson>()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('If-Match'),
    });
  });
});

describe('X-Agent-Id [Q2.9]', () => {
  it('is UTF-8, so that it names the same agent as the path and the body do', async () => {
    await app.ask('PUT', '/v1/groups/default', { preset: 'classroom' });
    const bytes = Buffer.from('zoé', 'utf8').toString('latin1');
    expect((await app.ask('POST', '/number', { number: 7 }, { 'x-agent-id': bytes })).status).toBe(200);
    const again = await app.ask('POST', '/number', { number: 8, id: 'zoé' });
    expect(again.as<ProblemJson>().code).toBe('already-proposed');
    const latin1 = await app.ask('POST', '/number', { number: 7 }, { 'x-agent-id': 'zo\xe9' });
    expect(latin1.as<ProblemJson>()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('not UTF-8'),
    });
  });
});
