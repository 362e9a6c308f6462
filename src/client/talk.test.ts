import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { connect, type Group, type ItemJson, type Member } from './index.ts';

/** Members that talk and listen through the SDK, against a server in this process. */

const cleanups: (() => Promise<void>)[] = [];
let app: RunningApp;
let group: Group;

beforeEach(async () => {
  app = await startApp();
  cleanups.push(() => app.stop());
  group = connect({ url: app.url }).group('g');
  await group.create({ rule: { electorate: { size: 3 }, threshold: 3 } });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Another address of the server, which `isCut` decides about: a request that it is true for gets no answer. */
async function door(
  isCut: (path: string) => boolean = () => false,
): Promise<{ url: string; server: Server }> {
  const server = createServer((asked, reply) => {
    if (isCut(asked.url ?? '')) return void asked.socket.destroy();
    const headers = { ...asked.headers, host: new URL(app.url).host };
    const passed = request(app.url + asked.url, { method: asked.method as string, headers });
    passed.on('response', (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    passed.on('error', () => asked.socket.destroy());
    reply.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => close(server));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function close(server: Server): void {
  server.closeAllConnections();
  server.close();
}

const bodies = (items: readonly ItemJson[]) =>
  items.flatMap((item) => (item.type === 'message' ? [item.body] : []));

/** What is heard up to a message that says `last`, or up to the end of the stream, and how it ended. */
async function hear(items: AsyncIterable<ItemJson>, last: string | null) {
  const heard: ItemJson[] = [];
  try {
    for await (const item of items) {
      heard.push(item);
      if (item.type === 'message' && item.body === last) return { heard, end: 'heard' };
    }
    return { heard, end: 'end' };
  } catch (error) {
    return { heard, end: (error as { code?: string }).code ?? String(error), error };
  }
}

function expectNoGap(items: readonly ItemJson[]): void {
  const [first] = items;
  expect(items.map(({ offset }) => offset)).toEqual(items.map((_, i) => (first?.offset ?? 0) + i));
}

test('what is said and heard goes on over another server when one is gone [Q9.6] [Q9.7]', async () => {
  const [one, two] = [await door(), await door()];
  const client = connect({ urls: [one.url, two.url], random: () => 0, probeEvery: '50ms' });
  const ann = await client.group('g').join('ann');
  const bob = await client.group('g').join('bob');
  const texts = Array.from({ length: 60 }, (_, i) => `line ${i}`);
  const hearing = hear(bob.listen(), 'line 59');
  const saying = Promise.all(texts.map((text) => ann.say(text)));
  await expect.poll(async () => (await group.view()).index).toBeGreaterThan(20);
  close(one.server);
  await saying;
  const { heard, end } = await hearing;
  expect([bodies(heard), end]).toEqual([texts, 'heard']);
  expectNoGap(heard);
  await Promise.all([ann.leave(), bob.leave()]);
});

describe('a member', () => {
  let ann: Member<Group>;
  let bob: Member<Group>;
  beforeEach(async () => {
    ann = await group.join('ann', { ttl: '1m' });
    bob = await group.join('bob', { ttl: '1m' });
  });

  test('that leaves hears all until then, and the stream ends', async () => {
    const hearing = hear(ann.listen(), null);
    await bob.say('before');
    await ann.leave();
    const { heard, end } = await hearing;
    expect([bodies(heard), end]).toEqual([['before'], 'end']);
    expect(heard.at(-1)).toMatchObject({ type: 'view', change: 'left', agent: 'ann' });
  });

  test('whose lease runs out hears all until then, and is told: expelled [Q9.4]', async () => {
    // Nothing that would renew it gets through; reads do.
    const { url } = await door((path) => /\/(?:renew|cursor)$/.test(path) && isCut);
    let isCut = false;
    const cy = await connect({ url, random: () => 0 })
      .group('g')
      .join('cy', { ttl: '1s' });
    const items = cy.listen();
    await bob.say('first');
    expect((await items.next()).value).toMatchObject({ body: 'first' });
    isCut = true;
    await bob.say('second');
    const { heard, end, error } = await hear(items, null);
    expect([bodies(heard), end]).toEqual([['second'], 'expelled']);
    expect(heard.at(-1)).toMatchObject({ type: 'view', change: 'expired', agent: 'cy' });
    expect(error).toMatchObject({ detail: expect.stringContaining('expired at offset') });
    expect((await cy.lost).code).toBe('lease-lost');
  });

  test('that comes back under its name goes on behind its cursor, past its own departure [Q9.4] [Q9.9]', async () => {
    await bob.say('one');
    const first = await hear(ann.listen(), 'one');
    await ann.setCursor(first.heard.at(-1)?.offset ?? 0);
    await ann.leave();
    await bob.say('two');
    const again = await group.join('ann');
    await bob.say('three');
    const { heard, end } = await hear(again.listen(), 'three');
    expect([bodies(heard), end]).toEqual([['two', 'three'], 'heard']);
    expectNoGap([...first.heard, ...heard]);
    await again.leave();
  });

  test('acknowledges at once what is waited for: the sender has its answer long before the second is over [Q9.10]', async () => {
    const hearing = hear(ann.listen(), 'stop');
    await bob.say('none waits');
    const asked = await Promise.all([1, 2, 3].map((n) => bob.say(n, { ackBy: 'all', wait: '20s' })));
    expect(asked.map(({ stability }) => stability)).toEqual(['stable', 'stable', 'stable']);
    await bob.say('stop');
    await hearing;
  });

  test('of which the wait is over is told how it stands', async () => {
    const { offset, stability, acknowledgements } = await bob.say('anybody?', { ackBy: 'all', wait: 50 });
    expect({ stability, acknowledgements }).toMatchObject({
      stability: 'pending',
      acknowledgements: { needed: 2, acknowledged: { count: 1 }, waiting: { agents: ['ann'] } },
    });
    await ann.leave();
    expect(await bob.group.message(offset, { wait: '20s' })).toMatchObject({ stability: 'impossible' });
  });

  test('is shown what is for it, and a place of what is for others [Q9.11]', async () => {
    await bob.say('secret', { to: ['ann'] });
    await bob.say('stop');
    expect(bodies((await hear(ann.listen(), 'stop')).heard)).toEqual(['secret', 'stop']);
    const { heard } = await hear(group.listen(), 'stop');
    expect(bodies(heard)).toEqual(['stop']);
    expect(heard.at(-2)).toEqual({ offset: expect.any(Number), index: expect.any(Number), withheld: true });
    expectNoGap(heard);
  });
});

describe('a listener', () => {
  test('that is too slow is told what it has missed [Q9.8]', async () => {
    await group.create({ retention: { messages: 3 } });
    const ann = await group.join('ann');
    const items = group.listen();
    await items.next();
    for (let i = 0; i < 9; i += 1) await ann.say(i);
    const { heard, end, error } = await hear(items, null);
    expect(end).toBe('messages-not-kept');
    expectNoGap(heard);
    const { oldest } = error as { oldest: number };
    const rest = await hear(group.listen({ after: oldest - 1, follow: false }), null);
    expect([bodies(rest.heard), rest.end]).toEqual([[6, 7, 8], 'end']);
    await ann.leave();
  });

  test('of a group that is deleted and made again misses nothing unseen [Q9.7]', async () => {
    const ann = await group.join('ann');
    await ann.say('old');
    const items = group.listen();
    for (let next = await items.next(); !next.done; next = await items.next())
      if (next.value.type === 'message') break;
    await group.delete();
    await group.create();
    const { heard, end } = await hear(items, null);
    expect([heard, end]).toEqual([[], 'messages-not-kept']);
  });

  test('of another log is told [Q9.7]', async () => {
    const ann = await group.join('ann');
    const { offset } = await ann.say('here');
    const other = await startApp();
    cleanups.push(() => other.stop());
    const elsewhere = connect({ url: other.url }).group('g');
    await elsewhere.create();
    expect((await hear(elsewhere.listen({ after: offset }), null)).end).toBe('history-changed');
  });
});
