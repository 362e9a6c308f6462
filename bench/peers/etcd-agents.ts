import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from '../../src/log/etcd/client.ts';
import { methods, type WatchResponse } from '../../src/log/etcd/messages.ts';
import { parseEtcdUrl } from '../../src/log/etcd/options.ts';
import { figureOf } from '../figure.ts';

/**
 * etcd-agents.js ENDPOINT SECONDS AGENTS: agents in groups of three who agree straight on etcd, for so many seconds. Tells
 * the process that started it when it begins to count, and at the end the figure.
 */
const [endpoint = '', ...numbers] = process.argv.slice(2);
const [seconds = 0, agents = 0] = numbers.map(Number);
const options = { ...parseEtcdUrl(`${endpoint}/direct`), timeout: 20_000 };
const decoder = new TextDecoder();
let counting = false;
let over = false;
/** How long each agent waited for each round, ms. */
const waits: number[] = [];

for (let number = 0; number < agents; number += 1)
  agent(number).catch((error: unknown) => {
    if (over) return;
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  });
await sleep(2000);
process.send?.('counting');
counting = true;
const started = performance.now();
await sleep(seconds * 1000);
over = true;
const figure = figureOf(waits, (performance.now() - started) / 1000);
process.send?.({ figure, requests: waits.length }, () => process.exit(0));

/** Votes in one round after the other, until the time is over. */
async function agent(number: number): Promise<void> {
  const client = new EtcdClient(options);
  const prefix = `direct/${Math.floor(number / 3)}/`;
  /** round -> number of its votes seen. */
  const seen = new Map<number, number>();
  let wake = (): void => {};
  const { stream } = await client.stream(methods.watch);
  stream.on('error', () => {});
  stream.on('data', ({ events }: WatchResponse) => {
    for (const { kv } of events) {
      const round = Number(decoder.decode(kv.key).split('/')[2]);
      seen.set(round, (seen.get(round) ?? 0) + 1);
    }
    wake();
  });
  const created = once(stream, 'data');
  const rangeEnd = bytes(`${prefix.slice(0, -1)}0`);
  stream.write({ create: { key: bytes(prefix), rangeEnd, startRevision: 0, filters: [], fragment: false } });
  await created;
  for (let round = 1; !over; round += 1) {
    const begun = performance.now();
    await client.call(methods.put, { key: bytes(`${prefix}${round}/${number % 3}`), value: bytes('7') });
    while ((seen.get(round) ?? 0) < 3 && !over)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    seen.delete(round);
    if (counting && !over) waits.push(performance.now() - begun);
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
