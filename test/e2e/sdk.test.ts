import { afterEach, expect, test } from 'vitest';
import { connect, type RoundJson } from '../../src/client/index.ts';
import { type Server, startServer, temporaryFolder, until } from '../harness/server.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function durable(): Promise<Server> {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const server = await startServer(['--log', `file:${path}`]);
  cleanups.push(() => server.kill());
  return server;
}

test('a reader of rounds and a member of the group outlive a kill -9 of the server', async () => {
  const server = await durable();
  const group = connect({ url: server.url }).group('g');
  await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2, next: 'continuous' } });
  const reading = new AbortController();
  const closed: RoundJson[] = [];
  const reader = (async () => {
    for await (const round of group.watch({ signal: reading.signal }))
      if (round.state !== 'WAITING') closed.push(round);
  })().catch((error: unknown) => error);
  cleanups.push(() => reading.abort());
  const ann = await group.join('ann', { ttl: '60s' });
  const bob = await group.join('bob', { ttl: '60s' });
  const decide = async (value: number) => {
    const { round } = await group.round('open');
    await Promise.all([
      ann.propose({ round, value, wait: '20s' }),
      bob.propose({ round, value, wait: '20s' }),
    ]);
  };
  await decide(1);
  await server.kill();
  const again = server.again();
  cleanups.push(async () => (await again).kill());
  await decide(2);
  await decide(3);
  await until(20_000, () => (closed.length >= 3 ? true : undefined));
  reading.abort(new Error('done'));
  expect(await reader).toMatchObject({ message: 'done' });
  expect(closed.map(({ round, value }) => [round, value])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(ann.live).toBe(true);
  await Promise.all([ann.leave(), bob.leave()]);
});

test('a rule is written as short as it can be, and what a group shows can be put again [Q3.12] [Q4.1]', async () => {
  const server = await durable();
  const group = connect({ url: server.url }).group('g');
  const made = await group.create({
    rule: {
      options: [{ answer: 1 }, { value: { answer: 2 }, label: 'two' }],
      wins: [{ answer: 2 }],
      equality: { field: '/answer' },
      floor: { cast: 2 },
      deadlineFrom: 'first-proposal',
      deadline: '1h',
    },
  });
  expect(made.rule.options).toEqual([{ value: { answer: 1 } }, { value: { answer: 2 }, label: 'two' }]);
  expect(made.rule).toMatchObject({
    equality: { field: '/answer', by: 'exact' },
    floor: { present: 1, cast: 2 },
  });
  const again = await group.create({ rule: made.rule });
  expect(again.revision).toBe(made.revision);
  const near = await group.create({
    rule: { equality: { relative: { num: 1, den: 10 } }, decide: 'mean', wins: null },
  });
  expect(near.rule.equality).toEqual({ tolerance: 0, relative: { num: 1, den: 10 } });
});

test('a lease shorter than the server is away is lost, before the server lets go of it', async () => {
  const server = await durable();
  const group = connect({ url: server.url }).group('g');
  await group.create({ rule: { electorate: { agents: ['ann'] } } });
  const ann = await group.join('ann', { ttl: '3s' });
  const endOfLease = async () => (await group.agents()).find(({ agent }) => agent === 'ann')?.expiresAt;
  const first = await endOfLease();
  // Renewed in the background.
  await expect.poll(endOfLease).not.toBe(first);
  expect(ann.live).toBe(true);
  await server.kill();
  expect(await ann.lost).toMatchObject({ code: 'lease-lost' });
  expect(ann.live).toBe(false);
});

test('a lease that its holder releases runs out, and is not reported as lost', async () => {
  const { url } = await durable();
  const group = connect({ url }).group('g');
  await group.create({ rule: { electorate: { agents: ['ann'] } } });
  const ann = await group.join('ann', { ttl: '1s' });
  ann.release();
  await connect({ url, token: ann.token }).group('g').renew('ann');
  await expect.poll(async () => (await group.agents())[0]?.live, { timeout: 20_000 }).toBe(false);
  expect(ann.signal.aborted).toBe(false);
});

test('only the token of a member speaks for its name', async () => {
  const { url } = await durable();
  const group = connect({ url }).group('g');
  await group.create({ rule: { electorate: { agents: ['ann'] }, threshold: 1 } });
  const ann = await group.join('ann');
  await expect(group.propose({ agent: 'ann', value: 1 })).rejects.toMatchObject({ code: 'token-required' });
  await expect(group.join('ann')).rejects.toMatchObject({
    code: 'agent-taken',
    since: expect.stringMatching(/T/),
  });
  const elsewhere = connect({ url, token: ann.token }).group('g');
  expect(await elsewhere.propose({ agent: 'ann', value: 1 })).toMatchObject({ state: 'SUCCESS' });
  await ann.leave();
});
