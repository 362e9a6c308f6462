import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EventReader, type RunningApp, startApp } from '../../../test/harness/app.ts';
import { Talk } from '../../../test/harness/talk.ts';
import { memoryLog } from '../../log/memory.ts';
import { Histogram } from './exposition.ts';
import { Meters, timed } from './meters.ts';

let running: RunningApp;
const meters = new Meters();
const v1 = '/v1/groups/m';
const rule = { electorate: { agents: ['a', 'b'] }, threshold: 2 };
const secret = 'a value nobody may see';

beforeAll(async () => {
  running = await startApp({ log: timed(memoryLog(), meters.appends), meters });
});
afterAll(() => running?.stop());

const scrape = async () => (await running.ask('GET', '/metrics')).text;
/** The value of one line, by its name and labels. */
const read = (text: string, line: string): number | undefined => {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
};

describe('metrics', () => {
  test('count requests by route and status, never by group', async () => {
    expect((await running.ask('PUT', v1, { rule })).status).toBe(201);
    expect((await running.ask('GET', v1)).status).toBe(200);
    expect((await running.ask('GET', `${v1}-none`)).status).toBe(404);
    const text = await scrape();
    const of = (status: number) =>
      read(text, `quorate_http_requests_total{method="GET",route="/v1/groups/:group",status="${status}"}`);
    expect([of(200), of(404)]).toEqual([1, 1]);
    expect(read(text, 'quorate_problems_total{code="group-not-found"}')).toBe(1);
    expect(text).not.toMatch(/m-none|"m"/);
  });

  test('count proposals by what became of them, and rounds by how they ended', async () => {
    const propose = (agent: string, value: unknown) =>
      running.ask('PUT', `${v1}/rounds/1/proposals/${agent}`, { value });
    await propose('a', secret);
    await propose('a', 'another');
    await propose('stranger', secret);
    await propose('b', secret);
    const text = await scrape();
    expect(read(text, 'quorate_proposals_total{result="accepted"}')).toBe(2);
    expect(read(text, 'quorate_proposals_total{result="already-proposed"}')).toBe(1);
    expect(read(text, 'quorate_proposals_total{result="not-eligible"}')).toBe(1);
    expect(read(text, 'quorate_rounds_closed_total{state="SUCCESS",reason="agreed"}')).toBe(1);
    expect(text).not.toContain(secret);
  });

  test('count messages by what became of them, and who reads them', async () => {
    const talk = new Talk(running, 'talk');
    await talk.begin(['a']);
    const reader = new EventReader(`${running.url}${talk.path}/stream`);
    await reader.until(({ events }) => events.length > 0);
    await talk.say('a', { body: secret });
    await talk.say('a', { body: secret, to: ['b'] });
    const text = await scrape();
    reader.hangUp();
    expect(read(text, 'quorate_messages_total{result="accepted"}')).toBe(1);
    expect(read(text, 'quorate_messages_total{result="not-in-view"}')).toBe(1);
    expect(read(text, 'quorate_proposals_total{result="accepted"}')).toBe(2);
    expect([read(text, 'quorate_streams'), read(text, 'quorate_stream_readers')]).toEqual([1, 1]);
    expect(text).not.toContain(secret);
    await expect.poll(async () => read(await scrape(), 'quorate_stream_readers')).toBe(0);
  });

  test('say what there is at present', async () => {
    const reader = new EventReader(`${running.url}${v1}/events`);
    await reader.until(({ events }) => events.length > 0);
    const text = await scrape();
    reader.hangUp();
    expect(read(text, 'quorate_groups')).toBe(running.replica.state.groups.size);
    expect(read(text, 'quorate_log_index')).toBe(running.replica.state.index);
    expect(read(text, 'quorate_streams')).toBe(1);
    expect(read(text, 'quorate_queue_commands')).toBe(0);
    const stream = 'quorate_http_requests_total{method="GET",route="/v1/groups/:group/events",status="200"}';
    expect(read(text, stream)).toBe(1);
    await expect.poll(async () => read(await scrape(), 'quorate_streams')).toBe(0);
  });

  test('count HEAD beside its route, and what no route takes under one word, whatever it says', async () => {
    const of = async (method: string, route: string, status: number): Promise<number> =>
      read(
        await scrape(),
        `quorate_http_requests_total{method="${method}",route="${route}",status="${status}"}`,
      ) ?? 0;
    const asked: [string, string, string, number][] = [
      ['HEAD', v1, '/v1/groups/:group', 200],
      ['HEAD', '/v1/groups/nobody', '/v1/groups/:group', 404],
      ['GET', '/wp-login.php?x=1', 'unknown', 404],
      ['HEAD', '/wp-login.php', 'unknown', 404],
      ['GET', '/v1/groups/%zz', 'unknown', 400],
      ['PATCH', v1, 'unknown', 405],
      ['PROPFIND', v1, 'unknown', 405],
    ];
    for (const [method, path, route, status] of asked) {
      const word = method === 'PROPFIND' ? 'other' : method;
      const before = await of(word, route, status);
      expect((await running.ask(method, path)).status, `${method} ${path}`).toBe(status);
      expect(await of(word, route, status), `${method} ${path}`).toBe(before + 1);
    }
    const text = await scrape();
    expect(text).not.toMatch(/wp-login|PROPFIND|nobody|%zz/);
    const direct = 'quorate_http_request_duration_seconds_count{method="HEAD",route="/v1/groups/:group"}';
    expect(read(text, direct)).toBe(2);
  });

  test('tell how long the log took for each entry', async () => {
    const before = read(await scrape(), 'quorate_log_append_seconds_count') ?? 0;
    await running.ask('PUT', `${v1}-2`, { rule });
    expect(read(await scrape(), 'quorate_log_append_seconds_count')).toBe(before + 1);
  });

  test('tell how long answers took, and waits apart from them', async () => {
    const propose = (agent: string, query: string) =>
      running.ask('PUT', `${v1}-2/rounds/1/proposals/${agent}${query}`, { value: secret });
    const of = (text: string, kind: string): number =>
      read(text, `quorate_http_${kind}_duration_seconds_count{method="PUT",route="${route}"}`) ?? 0;
    const route = '/v1/groups/:group/rounds/:round/proposals/:agent';
    const before = await scrape();
    const waiting = propose('a', '?wait=30s');
    await expect.poll(async () => read(await scrape(), 'quorate_waiters')).toBe(1);
    expect(read(await scrape(), 'quorate_rounds_undecided')).toBe(1);
    await propose('b', '');
    await waiting;
    const text = await scrape();
    expect(of(text, 'request') - of(before, 'request')).toBe(1);
    expect(of(text, 'wait') - of(before, 'wait')).toBe(1);
    const duration = 'quorate_round_deciding_seconds_count{state="SUCCESS"}';
    expect((read(text, duration) ?? 0) - (read(before, duration) ?? 0)).toBe(1);
    expect(read(text, 'quorate_rounds_undecided')).toBe(0);
  });

  test('count live agents, in all groups together', async () => {
    const before = read(await scrape(), 'quorate_live_agents') ?? 0;
    await running.ask('PUT', `${v1}-3`, { rule });
    await running.ask('PUT', `${v1}-3/agents/a`, {});
    expect(read(await scrape(), 'quorate_live_agents')).toBe(before + 1);
    await running.ask('DELETE', `${v1}-3`);
    expect(read(await scrape(), 'quorate_live_agents')).toBe(before);
  });

  test('are not changed by who reads them: what only grows never goes back', async () => {
    const values = (text: string): [string, number][] =>
      [...text.matchAll(/^(\S*(?:_total|_bucket|_sum|_count)(?:\{.*\})?) (\S+)$/gm)].map(
        ([, name = '', value]) => [name, Number(value)],
      );
    await expect
      .poll(async () => read(await scrape(), 'quorate_event_loop_delay_seconds_count'))
      .toBeGreaterThan(3);
    let before = values(await scrape());
    expect(before.length).toBeGreaterThan(100);
    for (let scraper = 0; scraper < 3; scraper += 1) {
      const now = new Map(values(await scrape()));
      expect(before.filter(([name, value]) => (now.get(name) ?? -1) < value)).toEqual([]);
      before = [...now];
    }
  });

  test('are read without a look at any group, so that a scrape costs the same however many there are', async () => {
    const { groups } = running.replica.state;
    expect(groups.size).toBeGreaterThan(2);
    const looks = (['get', 'held', 'keys', 'values', 'entries', 'forEach'] as const).map((look) =>
      vi.spyOn(groups, look),
    );
    const text = await scrape();
    for (const look of looks) expect(look).not.toHaveBeenCalled();
    expect(read(text, 'quorate_groups')).toBe(groups.size);
    vi.restoreAllMocks();
  });

  test('are well-formed: help and type first, each name once, suffixes as they should be', async () => {
    const reply = await running.ask('GET', '/metrics');
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(complaints(reply.text)).toEqual([]);
  });

  test('would be found ill-formed', () => {
    expect(complaints('a_total 1\n')).not.toEqual([]);
    expect(complaints('# HELP a b\n# TYPE a counter\na 1\n')).not.toEqual([]);
    expect(complaints('# HELP a b\n# TYPE a gauge\na{group="x"} 1\n')).not.toEqual([]);
    expect(complaints('# HELP a b\n# TYPE a gauge\na{x=1} 1\n')).not.toEqual([]);
    expect(complaints('# HELP a b\n# TYPE a gauge\na 1\na 2\n')).not.toEqual([]);
    expect(complaints('# HELP a_ms b\n# TYPE a_ms histogram\n')).not.toEqual([]);
  });
});

test('a histogram counts each duration in every bucket that is wide enough', () => {
  const histogram = new Histogram([0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe(seconds);
  expect(histogram.samples()).toEqual([
    ['_bucket{le="0.1"}', 2],
    ['_bucket{le="1"}', 3],
    ['_bucket{le="+Inf"}', 4],
    ['_sum', 3.65],
    ['_count', 4],
  ]);
});

/** What is wrong with a text in the format 0.0.4, or with its names. */
function complaints(text: string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  let family = { name: '', type: '', help: false };
  if (!text.endsWith('\n')) found.push('the last line does not end');
  for (const line of text.split('\n').slice(0, -1)) {
    const [, help] = /^# HELP ([a-z_]+) \S/.exec(line) ?? [];
    const [, typed, type = ''] = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (help !== undefined) {
      if (seen.has(`# ${help}`)) found.push(`${help} comes twice`);
      seen.add(`# ${help}`);
      family = { name: help, type: '', help: true };
    } else if (typed !== undefined) {
      if (typed !== family.name) found.push(`${typed} has a type without help`);
      if ((type === 'counter') !== typed.endsWith('_total')) found.push(`${typed} is a ${type}`);
      if (/_(ms|millis|minutes|kb)$/.test(typed)) found.push(`${typed} is not in base units`);
      family.type = type;
    } else {
      const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (-?[\d.]+(?:e[+-]?\d+)?)$/;
      const [, name = '', labels = ''] = sample.exec(line) ?? [];
      const allowed =
        family.type === 'histogram'
          ? ['_bucket', '_sum', '_count'].map((suffix) => family.name + suffix)
          : [family.name];
      if (name === '' || family.type === '' || !allowed.includes(name)) found.push(`not a sample: ${line}`);
      if (/\b(group|agent|round|value)="/.test(labels)) found.push(`a label without bound: ${line}`);
      if (seen.has(name + labels)) found.push(`twice: ${name}${labels}`);
      seen.add(name + labels);
    }
  }
  return found;
}
