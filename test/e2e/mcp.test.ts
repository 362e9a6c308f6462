import { randomUUID } from 'node:crypto';
import type { ClientOptions } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type RunningApp, startApp } from '../harness/app.ts';
import { type ModelClient, overHttp, overStdio, protocols } from '../harness/mcp.ts';
import { until } from '../harness/server.ts';
import { blocksOf } from './blocks.ts';

/** Models vote by tool calls, with the client that editors and chat programs have. */

let server: RunningApp;
const open: ModelClient[] = [];
beforeAll(async () => {
  server = await startApp();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
afterAll(() => server?.stop());

const names = ['ann', 'bob', 'cy'];

const ways = ['quorate mcp', '/mcp'].flatMap((way) =>
  protocols.map((protocol) => [way, ...protocol] as const),
);

describe.each(ways)('%s, protocol %s', (way, version, mode) => {
  const isHttp = way === '/mcp';
  const name = (what: string) => `${what}-${isHttp ? 'http' : 'stdio'}-${version}`;
  const model = async (options?: ClientOptions): Promise<ModelClient> => {
    const client = isHttp
      ? await overHttp(server.url, mode, options, { 'quorate-instance': randomUUID() })
      : await overStdio(server.url, mode, options);
    open.push(client);
    return client;
  };
  /** The token that a client over HTTP keeps; over stdio the process keeps it. */
  const token = (text: string) => (isHttp ? { token: text } : {});

  test('three models agree, each by a client of its own', async () => {
    const group = name('agree');
    const models = await Promise.all(names.map(() => model()));
    const [first] = models as [ModelClient];
    expect(first.client.getNegotiatedProtocolVersion()).toBe(version);
    const made = await first.call('create_group', { group, agents: names, threshold: 2, title: 'Where?' });
    expect(made.body, made.text).toMatchObject({ group, status: 'open', round: 1, rule: { threshold: 2 } });
    const again = await first.call('create_group', { group, agents: names, threshold: 2, title: 'Where?' });
    expect(again.body, again.text).toMatchObject({ status: 'open', round: 1 });

    const outcomes = await Promise.all(
      models.map(async (one, place) => {
        const agent = names[place] as string;
        const joined = await one.call('join', { group, agent });
        expect(joined.body, joined.text).toMatchObject({ agent, round: 1, title: 'Where?', options: null });
        const value = agent === 'cy' ? 'pasta' : 'pizza';
        const mine = token(joined.body.token);
        const note = `I like ${value}`;
        const voted = await one.call('propose', { group, agent, round: 1, value, note, ...mine });
        expect(voted.isError, voted.text).toBe(false);
        return one.call('wait', { group, round: 1, ...mine });
      }),
    );
    for (const { body } of outcomes)
      expect(body).toMatchObject({ group, state: 'SUCCESS', round: 1, value: 'pizza', missing: [] });
    const outcome = await first.call('outcome', { group });
    expect(outcome.body.tally).toMatchObject([
      { value: 'pizza', weight: 2, agents: ['ann', 'bob'] },
      { value: 'pasta', weight: 1, agents: ['cy'] },
    ]);
    const explained = await first.call('explain', { group, round: 1 });
    expect(explained.body).toMatchObject({ state: 'SUCCESS', dissent: [{ value: 'pasta' }] });
    const listed = await first.call('list_groups', { prefix: group });
    expect(listed.body.groups).toMatchObject([{ group, state: 'SUCCESS', value: 'pizza' }]);
    const proposals = await connect({ url: server.url }).group(group).proposals(1).next();
    expect(proposals.value).toMatchObject({ token: true, note: expect.stringMatching(/^I like /) });
    if (isHttp) return;
    // Who goes gives its name up.
    await Promise.all(open.splice(0).map((one) => one.close()));
    await until(30_000, async () => {
      const left = await connect({ url: server.url }).group(group).agents();
      return left.every(({ live }) => !live) || undefined;
    });
  });

  test('a client that gives up in the middle of a wait and tries all again has one vote', async () => {
    const group = name('retry');
    const bob = await model();
    await connect({ url: server.url })
      .group(group)
      .create({ rule: { electorate: { agents: names } } });
    const joined = await bob.call('join', { group, agent: 'bob' });
    const vote = {
      ...{ group, agent: 'bob', round: 1, value: { eat: ['pizza', 1] } },
      ...token(joined.body.token),
    };
    await bob.call('propose', vote);
    await expect(bob.call('wait', { group, round: 1 }, { timeout: 300 })).rejects.toThrow(/timed out/i);
    await expect.poll(() => server.replica.waiters.size).toBe(0);

    expect(await bob.call('join', { group, agent: 'bob' })).toEqual(joined);
    const again = await bob.call('propose', vote);
    expect(again.body, again.text).toMatchObject({ state: 'WAITING', present: 1, missing: ['ann', 'cy'] });
    const waiting = bob.call('wait', { group, round: 1 });
    for (const agent of ['ann', 'cy'])
      await connect({ url: server.url }).group(group).propose({ agent, round: 1, value: vote.value });
    expect((await waiting).body).toMatchObject({ state: 'SUCCESS', value: vote.value, present: 3 });
    const late = await bob.call('propose', vote);
    expect(late.body, late.text).toMatchObject({ round: 1, state: 'SUCCESS' });
    const counted = [];
    for await (const one of connect({ url: server.url }).group(group).proposals(1)) counted.push(one);
    expect(counted.map(({ agent, changes }) => [agent, changes.length])).toEqual([
      ['bob', 0],
      ['ann', 0],
      ['cy', 0],
    ]);
  });

  test('a wait ends in time, says how the round stands, tells its progress, and is gone when it is cancelled', async () => {
    const group = name('wait');
    const ann = await model();
    await ann.call('create_group', { group, agents: names });
    const soon = await ann.call('wait', { group, seconds: 1 });
    expect(soon.body).toMatchObject({ group, round: 1, state: 'WAITING', missing: names, present: 0 });
    expect(soon.body.next).toContain('call wait with');
    expect((await ann.call('wait', { group, seconds: 46 })).isError).toBe(true);

    const heard: unknown[] = [];
    const control = new AbortController();
    const limits = { signal: control.signal, onprogress: (progress: unknown) => heard.push(progress) };
    const cancelled = ann.call('wait', { group, round: 1, seconds: 45 }, limits);
    cancelled.catch(() => undefined);
    await expect.poll(() => server.replica.waiters.size).toBe(1);
    await expect.poll(() => heard[0]).toMatchObject({ total: 45, message: expect.stringContaining('ann') });
    control.abort();
    await expect(cancelled).rejects.toThrow();
    await expect.poll(() => server.replica.waiters.size).toBe(0);
  });

  test('an error has our code and our fix, and every tool says what it answers', async () => {
    const ann = await model();
    const none = await ann.call('propose', { group: name('none'), agent: 'ann', round: 1, value: 1 });
    expect(none).toMatchObject({
      isError: true,
      body: { error: { code: 'group-not-found', outcome: 'not-executed' } },
    });
    expect(none.text).toContain(none.body.error.fix);
    const group = name('errors');
    await ann.call('create_group', { group, agents: names });
    const other = await ann.call('create_group', { group, agents: ['ann'] });
    expect(other.body.error.code).toBe('revision-mismatch');
    const rule = await ann.call('create_group', { group: name('wrong'), agents: names, threshold: 9 });
    expect(rule.body.error).toMatchObject({ code: 'invalid-rule', errors: [{ fix: expect.any(String) }] });
    const stranger = await ann.call('propose', { group, agent: 'eve', round: 1, value: 1 });
    expect(stranger.body.error.code).toBe('not-eligible');

    const odd = await ann.call('propose', { group, agent: 'ann', vote: 1, note: 7 });
    expect(odd.body.error, odd.text).toMatchObject({ code: 'invalid-request', outcome: 'not-executed' });
    expect(odd.body.error.errors).toEqual(
      expect.arrayContaining([
        { field: 'round', fields: ['round'], fix: 'must be given' },
        { field: 'vote', fields: ['vote'], fix: expect.stringContaining('use group, agent, round, value') },
        { field: 'note', fields: ['note'], fix: 'must be string' },
      ]),
    );
    const empty = await ann.call('propose', { group, agent: 'ann', round: 1 });
    expect(empty.text).toContain('Fix: give a value, or abstain: true');
    const preset = await ann.call('create_group', { group: name('preset'), preset: 'lunch' });
    expect(preset.text).toContain('preset: must be one of majority, unanimous, panel');

    const { tools } = await ann.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...['list_groups', 'create_group', 'join', 'propose', 'wait', 'explain', 'outcome', 'ask_human'],
    ]);
    for (const { name, outputSchema, annotations, description } of tools) {
      expect(outputSchema, name).toMatchObject({ type: 'object' });
      expect(annotations, name).toMatchObject({ idempotentHint: true, destructiveHint: false });
      expect(description, name).toBeTruthy();
    }
  });

  test('a person votes by the link of an invite, and the model waits with the handle', async () => {
    const group = name('link');
    const ann = await model();
    const made = await ann.call('create_group', { group, agents: names, admission: 'invite', threshold: 1 });
    const person = { group, agent: 'bob', ...token(made.body.joinKey) };
    const asked = await ann.call('ask_human', person);
    expect(asked.body, asked.text).toMatchObject({
      voted: false,
      state: 'WAITING',
      handle: `${group}/1/bob`,
    });
    const again = await ann.call('ask_human', person);
    expect(again.body.link).toBe(asked.body.link);
    const [, link, secret = ''] = /^(.*)\?as=bob#(.+)$/.exec(asked.body.link) ?? [];
    expect(link).toBe(`${server.url}/g/${group}/vote`);
    expect((await fetch(link as string)).status).toBe(200);

    const waiting = ann.call('wait', { handle: asked.body.handle, ...token(made.body.joinKey) });
    const plain = connect({ url: server.url }).group(group);
    const redeemed = await plain.redeem('bob', secret);
    await plain.as(redeemed.token).propose({ agent: 'bob', round: 1, value: 'yes' });
    const waited = await waiting;
    expect(waited.body, waited.text).toMatchObject({ state: 'WAITING', missing: ['ann', 'cy'] });
    expect((await ann.call('ask_human', person)).body).toMatchObject({
      voted: true,
      link: null,
    });
    expect((await ann.call('wait', { handle: 'nonsense' })).body.error.code).toBe('invalid-request');
  });

  // Over HTTP each request stands for itself, and the older version has no way to ask back then.
  const hasForms = !isHttp || version !== '2025-11-25';
  if (!hasForms)
    test('a person votes by a link, though the client has forms', async () => {
      const group = name('no-form');
      const ann = await model({ capabilities: { elicitation: {} } });
      await ann.call('create_group', { group, agents: ['bob', 'cy'] });
      const asked = await ann.call('ask_human', { group, agent: 'bob' });
      expect(asked.body, asked.text).toMatchObject({ link: `${server.url}/g/${group}/vote?as=bob` });
    });

  test.each(hasForms ? ['open', 'key', 'invite'] : [])(
    'a person votes in a form, where the client has forms: %s',
    async (admission) => {
      const group = name(`form-${admission}`);
      const ann = await model({ capabilities: { elicitation: {} } });
      const shown: unknown[] = [];
      const answers = [
        { action: 'decline' as const },
        { action: 'accept' as const, content: { vote: '1', note: 'It is late.' } },
      ];
      ann.client.setRequestHandler('elicitation/create', (request) => {
        shown.push(request.params);
        return answers.shift() ?? { action: 'cancel' };
      });
      const options = [{ value: 'yes', label: 'Yes, now' }, { value: 'no' }];
      const settings = { group, agents: ['bob', 'cy'], options, admission, title: 'Deploy?' };
      const { joinKey } = (await ann.call('create_group', settings)).body;
      const person = { group, agent: 'bob', ...(joinKey !== undefined && token(joinKey)) };
      const declined = await ann.call('ask_human', person);
      expect(declined.body, declined.text).toMatchObject({
        voted: false,
        link: expect.stringContaining('?as=bob'),
      });
      const voted = await ann.call('ask_human', { ...person, question: 'Bob, shall we?' });
      expect(voted.body, voted.text).toMatchObject({ voted: true, present: 1, missing: ['cy'] });
      expect(shown).toMatchObject([
        { message: expect.stringMatching(/^Deploy\?\nbob /) },
        {
          message: expect.stringMatching(/^Bob, shall we\?\nbob /),
          requestedSchema: {
            properties: {
              vote: {
                oneOf: [
                  { const: '0', title: 'Yes, now' },
                  { const: '1', title: 'no' },
                ],
              },
            },
          },
        },
      ]);
      const counted = JSON.stringify([...(server.replica.state.groups.get(group)?.open?.proposals ?? [])]);
      expect(counted).toContain('It is late.');
      expect(counted).toContain('no');
    },
  );
});

test('README.md and docs/mcp.md have the same configuration, which names this command', () => {
  const [shown = ''] = blocksOf('README.md', 'json');
  expect(blocksOf('docs/mcp.md', 'json')[0]).toBe(shown);
  const { command, args, env } = JSON.parse(shown).mcpServers.quorate;
  expect([command, ...args]).toEqual(['npx', '-y', 'quorate', 'mcp']);
  expect(Object.keys(env)).toEqual(['QUORATE_URL']);
  const overHttp = blocksOf('README.md', 'json')[1] ?? '';
  expect(blocksOf('docs/mcp.md', 'json')[1]).toBe(overHttp);
  expect(JSON.parse(overHttp).mcpServers.quorate).toEqual({ type: 'http', url: `${env.QUORATE_URL}/mcp` });
});
