import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type AppOptions, type RunningApp, startApp } from '../../test/harness/app.ts';
import { until } from '../../test/harness/server.ts';
import { decodeEntry } from '../core/entry.ts';
import type { ProblemJson, RoundJson } from '../core/view/json-types.ts';
import type { Log, LogEntry, LogInfo } from '../log/log.ts';
import { memoryLog } from '../log/memory.ts';

/** What readers may rely on: how fresh an answer is, what they need not read again, and that waiting costs nothing. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(options: AppOptions = {}): Promise<RunningApp> {
  const running = await startApp(options);
  stops.push(() => running.stop());
  return running;
}

const pair = { electorate: { agents: ['ann', 'bob'] }, threshold: 2, next: 'continuous' };

async function withGroup(options: AppOptions = {}, rule: object = pair): Promise<RunningApp> {
  const running = await started(options);
  await running.ask('PUT', '/v1/groups/g', { rule });
  return running;
}

const proposing = (round: number, agent: string): string => `/v1/groups/g/rounds/${round}/proposals/${agent}`;

/** The same log for two servers, one of which gets its entries only while `gate` is open. */
function delayed(log: Log, gate: () => Promise<void>): Log {
  return {
    info: log.info,
    unavailable: null,
    space: null,
    append: (entry) => log.append(entry),
    entries: (from, signal) => held(log.entries(from, signal), gate),
    head: async () => 0,
    checkpoint: (checkpoint) => log.checkpoint(checkpoint),
    restore: () => log.restore(),
    close: async () => undefined,
  };
}

/** The entries that servers write when they start, then the rest behind the gate. */
async function* held(entries: AsyncIterable<LogEntry>, gate: () => Promise<void>): AsyncGenerator<LogEntry> {
  for await (const entry of entries) {
    if (decodeEntry(entry.bytes).commands.some(({ type }) => type !== 'activate')) await gate();
    yield entry;
  }
}

describe('Quorate-Session [Q6.11]', () => {
  test('is on every response, also on errors, and names the log and a place in it', async () => {
    const running = await withGroup();
    const id = running.logId;
    for (const [method, path] of [
      ['GET', '/v1/groups/g'],
      ['GET', '/healthz'],
      ['GET', '/nowhere'],
      ['PUT', '/v1/groups/UPPER'],
    ] as const) {
      const reply = await running.ask(method, path);
      expect(reply.headers.get('quorate-session'), reply.story).toBe(`${id}.${running.replica.state.index}`);
      expect(reply.headers.get('cache-control'), reply.story).toBe('no-store');
    }
  });

  test('makes another server wait until it has come as far', async () => {
    const log = memoryLog();
    const first = await started({ log });
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const second = await started({ log: delayed(log, () => gate) });
    const made = await first.ask('PUT', '/v1/groups/g', { rule: pair });
    const session = { 'quorate-session': made.headers.get('quorate-session') ?? '' };
    expect((await second.ask('GET', '/v1/groups/g')).status).toBe(404);
    const waiting = second.ask('GET', '/v1/groups/g', undefined, session);
    await until(30_000, () => second.replica.progress.size > 0 || undefined);
    open();
    const reply = await waiting;
    expect(reply.status, reply.story).toBe(200);
    expect(reply.headers.get('quorate-session')).toBe(session['quorate-session']);
  });

  test('a server that stays behind says so, keeps nothing, and has done nothing', async () => {
    const running = await withGroup({ patience: { behind: 50 } });
    const id = running.logId;
    const headers = { 'quorate-session': `${id}.999` };
    const reply = await running.ask('PUT', proposing(1, 'ann'), { value: 7 }, headers);
    expect(reply.status, reply.story).toBe(503);
    expect(reply.as<ProblemJson>()).toMatchObject({ code: 'behind', outcome: 'not-executed' });
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(running.replica.progress.size).toBe(0);
    expect(running.replica.state.groups.get('g')?.open?.proposals.size).toBe(0);
  });

  test('of another history is refused, and one that is none as well', async () => {
    const running = await withGroup();
    const other = await running.ask('GET', '/v1/groups/g', undefined, { 'quorate-session': 'abc.1' });
    expect([other.status, other.as<ProblemJson>().code]).toEqual([409, 'history-changed']);
    const none = await running.ask('GET', '/v1/groups/g', undefined, { 'quorate-session': 'abc' });
    expect(none.status).toBe(400);
  });

  test('does not hold up a server that stops', async () => {
    const running = await startApp({ patience: { behind: 60_000 } });
    const id = running.logId;
    const asked = running.ask('GET', '/healthz', undefined, { 'quorate-session': `${id}.999` });
    await until(30_000, () => running.replica.progress.size > 0 || undefined);
    await running.stop();
    expect((await asked).as<ProblemJson>().code).toBe('behind');
  });
});

describe('consistency [Q6.6]', () => {
  test('is linearizable unless local is asked for, which the answer then says', async () => {
    const log = memoryLog();
    let heads = 0;
    const shared: Log = {
      ...delayed(log, async () => undefined),
      info: { ...log.info, exclusive: false },
      head: () => {
        heads += 1;
        return log.head();
      },
    };
    const running = await withGroup({ log: shared });
    const before = heads;
    const local = await running.ask('GET', '/v1/groups/g?consistency=local');
    expect(heads).toBe(before);
    expect(local.headers.get('quorate-consistency')).toBe('local');
    expect(local.headers.get('quorate-index')).toBe(String(running.replica.state.index));
    const fresh = await running.ask('GET', '/v1/groups/g');
    expect(heads).toBe(before + 1);
    expect(fresh.headers.get('quorate-consistency')).toBe(null);
    for (const path of ['rounds', 'rounds/1', 'rounds/open', 'agents']) {
      const reply = await running.ask('GET', `/v1/groups/g/${path}?consistency=local`);
      expect([reply.status, reply.headers.get('quorate-consistency')], reply.story).toEqual([200, 'local']);
    }
    expect(heads).toBe(before + 1);
    expect((await running.ask('GET', '/v1/groups/g?consistency=strong')).status).toBe(400);
  });
});

describe('ETag [Q6.9]', () => {
  test('a reader who has the revision already is not sent it again', async () => {
    const running = await withGroup();
    for (const path of ['/v1/groups/g', '/v1/groups/g/rounds/open', '/v1/groups/g/rounds/latest']) {
      const first = await running.ask('GET', path);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"\d+"$/);
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await running.ask('GET', path, undefined, { 'if-none-match': known });
        expect([again.status, again.text, again.headers.get('etag')], again.story).toEqual([304, '', etag]);
      }
      expect((await running.ask('GET', path, undefined, { 'if-none-match': '"1"' })).status).toBe(200);
    }
    const etag = (await running.ask('GET', '/v1/groups/g/rounds/1')).headers.get('etag') ?? '';
    await running.ask('PUT', proposing(1, 'ann'), { value: 1 });
    const changed = await running.ask('GET', '/v1/groups/g/rounds/1', undefined, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
  });

  test('closing and deleting can be made to depend on it', async () => {
    const running = await withGroup({}, { ...pair, electorate: { agents: ['ann', 'bob', 'cyd'] } });
    const etag = (await running.ask('GET', '/v1/groups/g/rounds/1')).headers.get('etag') ?? '';
    await running.ask('PUT', proposing(1, 'ann'), { value: 1 });
    const close = '/v1/groups/g/rounds/1/close';
    const refused = await running.ask('POST', close, undefined, { 'if-match': etag });
    expect([refused.status, refused.as<ProblemJson>().code], refused.story).toEqual([
      412,
      'revision-mismatch',
    ]);
    expect(running.replica.state.groups.get('g')?.round).toBe(1);
    const now = (await running.ask('GET', '/v1/groups/g/rounds/1')).headers.get('etag') ?? '';
    const closed = await running.ask('POST', close, undefined, { 'if-match': now });
    expect([closed.status, closed.as<RoundJson>().state], closed.story).toEqual([200, 'FAILED']);
    const both = await Promise.all([2, 2].map((round) => running.ask('GET', `/v1/groups/g/rounds/${round}`)));
    const race = await Promise.all(
      both.map(({ headers }) =>
        running.ask('POST', '/v1/groups/g/rounds/2/close', undefined, {
          'if-match': headers.get('etag') ?? '',
        }),
      ),
    );
    expect(race.map(({ status }) => status).sort(), 'one wins').toEqual([200, 409]);
    expect((await running.ask('DELETE', '/v1/groups/g', undefined, { 'if-match': now })).status).toBe(412);
    const last = (await running.ask('GET', '/v1/groups/g')).headers.get('etag') ?? '';
    expect((await running.ask('DELETE', '/v1/groups/g', undefined, { 'if-match': last })).status).toBe(200);
  });
});

test('a signature is refused, not passed over, and the caller is told what to do [Q6.8]', async () => {
  const running = await withGroup();
  for (const [method, path, who] of [
    ['PUT', proposing(1, 'ann'), {}],
    ['POST', '/v1/groups/g/proposals', { agent: 'ann' }],
  ] as const) {
    const refused = await running.ask(method, path, { ...who, value: 1, signature: 'c2ln' });
    expect(refused.status, refused.story).toBe(400);
    expect(refused.as<ProblemJson>().detail).toMatch(/leave signature out, or make it part of the value/);
  }
  expect(running.replica.state.groups.get('g')?.open?.proposals.size).toBe(0);
});

test('an agent whose token lets it close no round closes it where anybody may [Q4.29]', async () => {
  const running = await withGroup();
  const joined = await running.ask('PUT', '/v1/groups/g/agents/ann', {});
  const { token } = joined.as<{ token: string }>();
  const close = (as: Record<string, string>) =>
    running.ask('POST', '/v1/groups/g/rounds/1/close', undefined, as);
  const closed = await close({ authorization: `Bearer ${token}` });
  expect([closed.status, closed.as<RoundJson>().reason], closed.story).toEqual([200, 'closed-by-hand']);
});

describe('waiting', () => {
  test('by preference is confirmed; by query there is nothing to confirm', async () => {
    const running = await withGroup();
    const prefer = { prefer: 'respond-async, wait=1' };
    const asked = running.ask('GET', '/v1/groups/g/rounds/1', undefined, prefer);
    await until(30_000, () => running.replica.waiters.size > 0 || undefined);
    const put = running.ask('PUT', proposing(1, 'ann'), { value: 1 }, { prefer: 'wait=600' });
    await until(30_000, () => running.replica.waiters.size > 1 || undefined);
    await running.ask('PUT', proposing(1, 'bob'), { value: 1 });
    const replies = await Promise.all([asked, put]);
    expect(replies.map(({ headers }) => headers.get('preference-applied'))).toEqual(['wait=1', 'wait=60']);
    expect(replies.map((reply) => reply.as<RoundJson>().state)).toEqual(['SUCCESS', 'SUCCESS']);
    const query = await running.ask('GET', '/v1/groups/g/rounds/1?wait=1s', undefined, prefer);
    expect(query.headers.get('preference-applied')).toBe(null);
  });

  test('leaves nothing behind when the caller hangs up', async () => {
    const running = await withGroup();
    const url = `${running.url}/v1/groups/g/rounds/1`;
    for (const [method, path] of [
      ['GET', '?wait=60s'],
      ['GET', '?after=2&wait=60s'],
      ['PUT', '/proposals/ann?wait=60s'],
    ] as const) {
      const json = { 'content-type': 'application/json' };
      const calls = Array.from({ length: 5 }, () => {
        const call = request(url + path, { method, agent: false, headers: method === 'PUT' ? json : {} });
        call.on('error', () => undefined);
        call.end(method === 'PUT' ? '{"value":1}' : undefined);
        return call;
      });
      await until(30_000, () => running.replica.waiters.size === 5 || undefined);
      for (const call of calls) call.destroy();
      await until(30_000, () => running.replica.waiters.size === 0 || undefined);
    }
  });
});

describe('history', () => {
  test('comes in pages that name the next one, as JSON and as CSV', async () => {
    const running = await withGroup();
    for (let round = 1; round <= 5; round += 1) {
      await running.ask('PUT', proposing(round, 'ann'), { value: '=1+1, "so"' });
      await running.ask(
        'PUT',
        proposing(round, 'bob'),
        round === 5 ? { abstain: true } : { value: '=1+1, "so"' },
      );
    }
    const csv = { accept: 'text/csv' };
    const seen: number[] = [];
    let path: string | undefined = '/v1/groups/g/rounds?limit=2';
    for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
      const json = await running.ask('GET', path);
      const { rounds } = json.as<{ rounds: RoundJson[] }>();
      seen.push(...rounds.map(({ round }) => round));
      const text = await running.ask('GET', path, undefined, csv);
      expect(text.headers.get('content-type')).toMatch(/^text\/csv;/);
      const lines = text.text.split('\r\n');
      expect(lines[0]).toBe(
        'round,state,reason,value,eligible,present,openedAt,closedAt,revision,agents,tally,subjectHash',
      );
      expect(lines.slice(1, -1).map((line) => Number(line.split(',', 1)[0]))).toEqual(
        rounds.map(({ round }) => round),
      );
      expect(text.headers.get('link')).toBe(json.headers.get('link'));
      const next = /^<([^>]+)>; rel="next"$/.exec(json.headers.get('link') ?? '')?.[1];
      path =
        next === undefined ? undefined : new URL(next, running.url + path).href.slice(running.url.length);
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1]);
    const row = (await running.ask('GET', '/v1/groups/g/rounds?before=2', undefined, csv)).text.split(
      '\r\n',
    )[1];
    expect(row).toMatch(/^1,SUCCESS,agreed,"""=1\+1, \\""so\\""""",2,2,[^,]+,[^,]+,5,ann bob,"\[\{.*\}\]",$/);
    const both = await running.ask('GET', '/v1/groups/g/rounds', undefined, {
      accept: 'application/json, text/csv;q=0.5',
    });
    expect(both.headers.get('content-type')).toMatch(/^application\/json/);
  });
});

/** A server whose reads go wrong while the fault is on. */
async function breakable() {
  const log = memoryLog();
  const fault = { isOn: false };
  const info: LogInfo = {
    ...log.info,
    get exclusive(): boolean {
      if (fault.isOn) throw new TypeError('a mistake');
      return true;
    },
  };
  const running = await withGroup({ log: { ...delayed(log, async () => undefined), info } });
  return { running, fault };
}

describe('names that callers give their requests', () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('come back when they are well formed, and none is made up for a request that goes well', async () => {
    const running = await withGroup();
    const good = await running.ask('GET', '/nowhere', undefined, {
      traceparent: trace,
      'x-request-id': 'a-1',
    });
    expect([good.headers.get('traceparent'), good.headers.get('x-request-id')]).toEqual([trace, 'a-1']);
    for (const traceparent of [
      `ff${trace.slice(2)}`,
      `${trace}-more`,
      trace.toUpperCase(),
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
      'x',
    ]) {
      const bad = await running.ask('GET', '/healthz', undefined, { traceparent, 'x-request-id': 'a b' });
      expect([bad.headers.get('traceparent'), bad.headers.get('x-request-id')]).toEqual([null, null]);
    }
    const later = `01${trace.slice(2)}-more`;
    const newer = await running.ask('GET', '/healthz', undefined, { traceparent: later });
    expect(newer.headers.get('traceparent')).toBe(later);
  });

  test('stand in the report of a mistake', async () => {
    const { running, fault } = await breakable();
    fault.isOn = true;
    const sent = { traceparent: trace, 'x-request-id': 'a-1' };
    const reply = await running.ask('GET', '/v1/groups/g', undefined, sent);
    fault.isOn = false;
    expect([reply.status, reply.as<ProblemJson>().code]).toEqual([500, 'internal']);
    const [report] = running.reported;
    expect(report?.stack).toMatch(
      /^\[trace 0af7651916cd43dd8448eb211c80319c, request a-1\] TypeError: a mistake\n/,
    );
  });

  test('are made up where a mistake has to be found in the log of the server', async () => {
    const { running, fault } = await breakable();
    fault.isOn = true;
    const replies = [await running.ask('GET', '/v1/groups/g'), await running.ask('GET', '/v1/groups/g')];
    fault.isOn = false;
    const ids = replies.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(2);
    for (const [i, id] of ids.entries()) {
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(replies[i]?.as<ProblemJson>().detail).toContain(`request id ${id}`);
      expect(running.reported[i]?.stack).toContain(`[request ${id}] TypeError: a mistake`);
    }
  });
});

describe('a lease [Q5.1]', () => {
  test('is renewed by reading once half of it is used, and not before', async () => {
    const running = await withGroup();
    const joined = await running.ask('PUT', '/v1/groups/g/agents/ann', { ttl: '1s' });
    const { token } = joined.as<{ token: string }>();
    const mine = { authorization: `Bearer ${token}` };
    const { index } = running.replica.state;
    await running.ask('GET', '/v1/groups/g', undefined, mine);
    expect(running.replica.state.index).toBe(index);
    const first = running.replica.state.groups.get('g')?.members.get('ann')?.expiresAt ?? 0;
    const paths = ['', '/rounds/open', '/rounds', '/agents'];
    const end = performance.now() + 2500;
    for (let i = 0; performance.now() < end; i += 1) {
      await running.ask('GET', `/v1/groups/g${paths[i % paths.length]}`, undefined, mine);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const member = running.replica.state.groups.get('g')?.members.get('ann');
    expect(member?.live).toBe(true);
    expect(member?.expiresAt).toBeGreaterThan(first + 1000);
    // Without the token nobody renews it.
    await until(30_000, async () => {
      await running.ask('GET', '/v1/groups/g');
      return running.replica.state.groups.get('g')?.members.get('ann')?.live === false || undefined;
    });
  });
});
