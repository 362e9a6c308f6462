import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCommand, newestVersion } from '../../test/harness/entries.ts';
import { Receiver } from '../../test/harness/receiver.ts';
import { settingsOf } from '../../test/harness/test-group.ts';
import { memoryLog } from '../log/memory.ts';
import { realSurroundings } from '../replica/clock.ts';
import { Replica } from '../replica/replica.ts';
import { allowListOf } from './allow-list.ts';
import { Deliverer } from './deliverer.ts';
import { systemResolver } from './resolve.ts';

const secret = 'whsec_a';
const wanted = { states: 'all', format: 'standard', keepSecret: false, secret } as const;

let receivers: Receiver[];
let replica: Replica;
let deliverer: Deliverer;
beforeEach(async () => {
  receivers = [await Receiver.start(), await Receiver.start()];
  replica = new Replica({ log: memoryLog(), surroundings: realSurroundings(), writer: 'w' });
  await replica.start();
  await replica.submit(newestVersion, () => undefined);
  deliverer = new Deliverer({
    ...{ replica, server: 's', logId: 'log', leads: () => true, key: null },
    sender: {
      allowed: allowListOf(receivers.map(({ host }) => host)),
      resolve: systemResolver(),
      limits: { answer: 100_000, body: 100_000 },
    },
  });
});
afterEach(async () => {
  for (const receiver of receivers) receiver.stop();
  await deliverer.stop();
  await replica.stop();
});

/** A group with something to deliver to this address. */
async function due(group: string, url: string): Promise<void> {
  const about = { group, id: 'w', byKeyHash: null } as const;
  await replica.submit(createCommand(group, settingsOf({})), () => undefined);
  await replica.submit({ type: 'put-webhook', ...about, ...wanted, url }, () => undefined);
  await replica.submit({ type: 'test-webhook', ...about, key: null }, () => undefined);
}

it('comes at once to what is due in a group that was restored with thousands of others', async () => {
  const [receiver] = receivers as [Receiver];
  await due('g', receiver.at('/'));
  // As after a restart: when each has something to deliver is known once it is read. The one that has comes last.
  const { undelivered } = replica.state;
  undelivered.set('g', Infinity);
  undelivered.addUnread('g');
  for (let i = 0; i < 5000; i += 1) undelivered.addUnread(`other-${i}`);
  deliverer.begin();
  await expect.poll(() => receiver.got.length).toBe(1);
});

it('delivers to others while a receiver that never answers is due many times', async () => {
  const [silent, other] = receivers as [Receiver, Receiver];
  const url = silent.at('/', () => {});
  for (let i = 10; i < 50; i += 1) await due(`a${i}`, url);
  await due('b', other.at('/'));
  deliverer.begin();
  await expect.poll(() => other.got.length).toBe(1);
  await expect.poll(() => silent.got.length).toBe(6);
  await due('c', other.at('/'));
  // The server calls this after each entry.
  deliverer.applied();
  await expect.poll(() => other.got.length).toBe(2);
  expect(silent.got).toHaveLength(6);
});

it('gives the lease back when it stops: another server delivers at once [Q11.7]', async () => {
  const [receiver] = receivers as [Receiver];
  await due('g', receiver.at('/'));
  deliverer.begin();
  await expect.poll(() => receiver.got.length).toBe(1);
  expect(replica.state.delivering?.until).toBeGreaterThan(replica.logTime);
  await deliverer.stop();
  expect(replica.state.delivering).toMatchObject({ server: 's', until: replica.state.time });
  const take = { type: 'take-deliveries', server: 'another', lease: 1000 } as const;
  const result = await replica.submit(take, (taken) => taken);
  expect(result).toMatchObject({ did: 'deliveries-taken', server: 'another' });
});

it('leaves the lease of another server alone', async () => {
  const take = { type: 'take-deliveries', server: 'another', lease: 60_000 } as const;
  await replica.submit(take, () => undefined);
  deliverer.begin();
  await deliverer.stop();
  expect(replica.state.delivering).toMatchObject({ server: 'another' });
  expect(replica.state.delivering?.until).toBeGreaterThan(replica.logTime);
});
