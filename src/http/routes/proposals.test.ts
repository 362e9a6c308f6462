import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import type { ProposalJson } from '../../core/view/json-types.ts';

let app: RunningApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

interface List {
  readonly proposals: readonly ProposalJson[];
  readonly next: string | null;
  readonly total: number;
  readonly round: number;
  readonly state: string;
  readonly revision: number;
  readonly index: number;
}

const path = '/v1/groups/g/rounds/1/proposals';

const make = (rule: object, settings: object = {}) =>
  app.ask('PUT', '/v1/groups/g', { ...settings, rule: { next: 'manual', ...rule } });

const propose = (agent: string, value: unknown, more: object = {}) =>
  app.ask('PUT', `${path}/${agent}`, value === undefined ? { abstain: true } : { value, ...more });

const list = async (query = '', round: number | string = 1): Promise<List> => {
  const answer = await app.ask('GET', `/v1/groups/g/rounds/${round}/proposals${query}`);
  expect(answer.status, answer.story).toBe(200);
  return answer.as<List>();
};

describe('the proposals of a round [Q4.25]', () => {
  test('are listed in the order in which they were counted, page by page, as JSON and as CSV', async () => {
    await make({ electorate: { size: 5 }, reveal: 'live', equality: 'text' });
    await propose('zoe', ' Tea');
    await propose('ann', 'tea');
    await propose('mia', undefined);
    await propose('bob', { a: [1, '=x'] });
    const whole = await list();
    const { createdAt } = (await app.ask('GET', '/v1/groups/g')).as<{ createdAt: string }>();
    expect(whole).toMatchObject({ next: null, total: 4, round: 1, state: 'WAITING', revision: 6 });
    expect(whole.proposals.map(({ agent, value, abstain }) => [agent, value, abstain])).toEqual([
      ['zoe', ' Tea', undefined],
      ['ann', 'tea', undefined],
      ['mia', undefined, true],
      ['bob', { a: [1, '=x'] }, undefined],
    ]);
    const indexes = whole.proposals.map(({ index }) => index as number);
    expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
    for (const { time } of whole.proposals) expect((time as string) >= createdAt).toBe(true);

    const read: ProposalJson[] = [];
    let pages = 0;
    for (let after = ''; ; pages += 1) {
      const answer = await app.ask('GET', `/v1/groups/g/rounds/latest/proposals?limit=3${after}`);
      const { proposals, next } = answer.as<List>();
      read.push(...proposals);
      const link = answer.headers.get('link');
      expect(link).toBe(next && `<${path}?after=${next}&limit=3>; rel="next"`);
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(pages).toBe(1);
    expect(read).toEqual(whole.proposals);

    const csv = await app.ask('GET', `${path}?after=ann`, undefined, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const [mia, bob] = whole.proposals.slice(2);
    expect(csv.text).toBe(
      `agent,name,time,index,seq,token,value,abstain,note,changes\r\nmia,,${mia?.time},${mia?.index},,false,,true,,\r\nbob,,${bob?.time},${bob?.index},,false,"{""a"":[1,""=x""]}",,,\r\n`,
    );
  });

  test('show no value, and not who abstained, before the close of a blind round, and never where the rule says never [Q4.25]', async () => {
    for (const reveal of ['close', 'never']) {
      await make({ electorate: { size: 3 }, threshold: 1, reveal });
      await propose('ann', 7);
      await propose('bob', undefined);
      const { proposals } = await list();
      const hidden = [expect.objectContaining({ agent: 'ann' }), expect.objectContaining({ agent: 'bob' })];
      expect(proposals).toEqual(hidden);
      for (const one of proposals)
        expect(Object.keys(one)).toEqual(['agent', 'time', 'index', 'token', 'changes']);
      const csv = await app.ask('GET', path, undefined, { accept: 'text/csv' });
      expect(csv.text.split('\r\n')[2]).toMatch(/^bob,,[\d:.TZ-]+,\d+,,false,,,,$/);
      await propose('cyd', 7);
      const closed = await list();
      expect(closed).toMatchObject({ state: 'SUCCESS', total: 3 });
      const shown = closed.proposals.map(({ value, abstain }) => [value, abstain]);
      const open = [
        [7, undefined],
        [undefined, true],
        [7, undefined],
      ];
      expect(shown).toEqual(reveal === 'close' ? open : open.map(() => [undefined, undefined]));
      await app.ask('DELETE', '/v1/groups/g');
    }
  });

  test('say of a changed one when it changed last, at its first place', async () => {
    await make({ electorate: { size: 3 }, reveal: 'live', revote: true });
    await propose('ann', 1);
    await propose('bob', 2);
    const before = await list();
    await propose('ann', 3, { seq: 1 });
    const { proposals } = await list();
    expect(proposals.map(({ agent, value }) => [agent, value])).toEqual([
      ['ann', 3],
      ['bob', 2],
    ]);
    expect(proposals[1]).toEqual(before.proposals[1]);
    expect(proposals[0]?.index).toBeGreaterThan(before.proposals[1]?.index as number);
  });

  test('are those of the round that is named, and errors say why there are none', async () => {
    await make({ electorate: { size: 1 }, next: 'continuous' }, { retention: { rounds: 1 } });
    await propose('ann', 1);
    expect(await list('', 'open')).toMatchObject({ round: 2, total: 0, proposals: [], next: null });
    await app.ask('PUT', '/v1/groups/g/rounds/2/proposals/bob', { value: 2 });
    const codes = async (of: string): Promise<unknown> =>
      (await app.ask('GET', `/v1/groups/g/rounds/${of}`)).as<{ code: string }>().code;
    expect(await codes('1/proposals')).toBe('round-not-kept');
    expect(await codes('9/proposals')).toBe('round-not-open');
    expect(await codes('0/proposals')).toBe('invalid-request');
    expect(await codes('2/proposals?after=ann')).toBe('agent-not-found');
    expect(await codes('2/proposals?limit=10001')).toBe('invalid-request');
    await make({ electorate: { size: 1 } });
    await app.ask('PUT', '/v1/groups/g/rounds/3/proposals/cyd', { value: 2 });
    await app.ask('PUT', '/v1/groups/g/rounds/4/proposals/cyd', { value: 2 });
    expect(await codes('open/proposals')).toBe('no-open-round');
  });

  test('of seats without identity are listed by the names of the seats', async () => {
    await app.ask('PUT', '/v1/groups/default', { preset: 'classroom' });
    for (const number of [1, 2, 2]) await app.ask('POST', '/number', { number });
    const answer = await app.ask('GET', '/v1/groups/default/rounds/1/proposals?after=seat-1');
    expect(answer.as<List>().proposals).toMatchObject([
      { agent: 'seat-2', value: 2 },
      { agent: 'seat-3', value: 2 },
    ]);
  });
});

describe('the audit of a round [Q5.17]', () => {
  test('says under which name, with which seq and note, and whether under a token', async () => {
    await make({ electorate: { size: 3 }, reveal: 'live', revote: true });
    const named = { name: 'Ann "A" Smith', instance: 'instance-of-ann' };
    const joined = await app.ask('PUT', '/v1/groups/g/agents/ann', named);
    const token = { authorization: `Bearer ${joined.as<{ token: string }>().token}` };
    const sent = { value: 'tea', seq: 4, note: '=2+2, or\nso' };
    expect((await app.ask('PUT', `${path}/ann`, sent, token)).status).toBe(201);
    expect((await app.ask('PUT', `${path}/ann`, { ...sent, note: 'another' }, token)).status).toBe(200);
    const line = { group: 'g', round: 1, agent: 'bob', abstain: true, note: 'none of my business' };
    const headers = { 'content-type': 'application/x-ndjson' };
    await fetch(`${app.url}/v1/proposals`, { method: 'POST', headers, body: JSON.stringify(line) });
    const { proposals } = await list();
    expect(proposals).toMatchObject([
      { ...sent, agent: 'ann', name: 'Ann "A" Smith', token: true, changes: [] },
      { agent: 'bob', abstain: true, note: 'none of my business', token: false, seq: null },
    ]);
    expect(proposals[1]).not.toHaveProperty('name');
    const csv = await app.ask('GET', path, undefined, { accept: 'text/csv' });
    expect(csv.text).toMatch(/^ann,"Ann ""A"" Smith",.*,4,true,"""tea""",,"'=2\+2, or\nso",\r\n/m);
    const agents = (await app.ask('GET', '/v1/groups/g/agents')).as<{ agents: unknown[] }>().agents;
    expect(agents).toMatchObject([{ agent: 'ann', name: 'Ann "A" Smith' }]);
  });

  test('shows an own proposal of a blind round to its token, and to nobody else', async () => {
    await make({ electorate: { size: 3 } });
    const joined = await app.ask('PUT', '/v1/groups/g/agents/ann', { instance: 'instance-of-ann' });
    const token = { authorization: `Bearer ${joined.as<{ token: string }>().token}` };
    await app.ask('PUT', `${path}/ann`, { value: 7, note: 'why' }, token);
    const own = (await app.ask('GET', path, undefined, token)).as<List>().proposals;
    expect(own).toMatchObject([{ agent: 'ann', value: 7, note: 'why' }]);
    expect(Object.keys((await list()).proposals[0] ?? {})).not.toContain('note');
  });

  test('takes no note that is too long or no text, no name that could mislead, and no kind that there is not [Q4.42] [Q5.13]', async () => {
    await make({ electorate: { size: 3 } });
    const said = async (note: unknown): Promise<string> => {
      const answer = await app.ask('PUT', `${path}/ann`, { value: 7, note });
      return `${answer.status} ${answer.as<{ code?: string }>().code ?? ''}`;
    };
    expect(await said('x'.repeat(2001))).toBe('413 note-too-long');
    expect(await said(7)).toBe('400 invalid-request');
    expect(await said('')).toBe('201 ');
    for (const name of ['', ' ', 'x'.repeat(65), 'a\u202eb', 'a\nb', 'a\u2066', 7]) {
      const answer = await app.ask('PUT', '/v1/groups/g/agents/bob', { name });
      expect(answer.status, JSON.stringify(name)).toBe(400);
    }
    for (const kind of ['robot', '', 7]) {
      const answer = await app.ask('PUT', '/v1/groups/g/agents/bob', { kind });
      expect(answer.status, JSON.stringify(kind)).toBe(400);
      expect(answer.text).toContain('person');
    }
    expect((await app.ask('PUT', '/v1/groups/g/agents/bob', { name: 'Žofie 李 O’Neil' })).status).toBe(201);
  });
});
