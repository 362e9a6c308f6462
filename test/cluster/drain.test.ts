import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Retry } from '../../src/client/index.ts';
import { type Server, startQuorate, startServer, until, within } from '../harness/server.ts';
import { etcdBinary, pythonBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';

/** Readers of a server that drains, in real processes: they go on at the other one, and nobody is shown that it happened. [Q6.18] */

const binary = etcdBinary();
const python = pythonBinary();

/** Prints the type and the revision of each event. */
const plain = `import sys, quorate
for event in quorate.connect(sys.argv[1].split(",")).group("g").events():
    print(event["revision"], event["type"], flush=True)`;
const withAwait = `import asyncio, sys, quorate
async def main():
    async with quorate.connect_async(sys.argv[1].split(",")) as client:
        async for event in client.group("g").events():
            print(event["revision"], event["type"], flush=True)
asyncio.run(main())`;

/** What a reader has printed, and its end. */
interface Reader {
  readonly text: () => string;
  readonly stop: () => void;
}

function command(...args: string[]): Reader {
  const { stdout, stderr, signal, done } = startQuorate(args);
  done.catch(() => undefined);
  return { text: () => stdout() + stderr(), stop: () => signal('SIGKILL') };
}

function script(text: string, urls: string): Reader {
  const child = spawn(python?.path as string, ['-W', 'error', '-c', text, urls], {
    cwd: resolve('clients/python'),
    env: { ...python?.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let seen = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      seen += part;
    });
  return { text: () => seen, stop: () => void child.kill('SIGKILL') };
}

// Where a program is missing, its finder has said so aloud.
describe.skipIf(!binary || !python)('while its server drains', () => {
  let etcd: EtcdCluster;
  let servers: Server[] = [];
  let readers: Reader[] = [];
  beforeEach(async () => {
    etcd = await EtcdCluster.start({ binary: binary as string });
    servers = await Promise.all(
      ['one', 'two'].map((name) => startServer(['--log', etcd.url('drain'), '--name', name])),
    );
  }, 60_000);
  afterEach(async () => {
    for (const { stop } of readers.splice(0)) stop();
    await Promise.all(servers.splice(0).map((server) => server.kill()));
    await etcd.stop();
  });

  test('each reader goes on at the other, with each event once and no failure', {
    timeout: 90_000,
  }, async () => {
    const [one, two] = servers as [Server, Server];
    const urls = `${one.url},${two.url}`;
    const writer = connect({ url: two.url }).group('g');
    await writer.create({ rule: { electorate: { size: 2 } } });
    const retries: Retry[] = [];
    const lines: string[] = [];
    const ended = new AbortController();
    const events = connect({ urls: urls.split(','), onRetry: (retry) => retries.push(retry) }).group('g');
    const reading = (async () => {
      for await (const { revision, type } of events.events({ signal: ended.signal }))
        lines.push(`${revision} ${type}`);
    })().catch((error: unknown) => {
      if (!ended.signal.aborted) throw error;
    });
    const sdk: Reader = { text: () => lines.join('\n'), stop: () => ended.abort() };
    readers = [
      sdk,
      script(plain, urls),
      script(withAwait, urls),
      command('events', 'g', '--url', urls),
      command('watch', 'g', '--url', urls),
    ];
    const texts = (): string => readers.map(({ text }) => text()).join('\n---\n');
    const all = (pattern: RegExp) =>
      within(
        60_000,
        until(60_000, () => (readers.every(({ text }) => pattern.test(text())) ? true : undefined)),
        () => `not all: ${pattern}\n${texts()}`,
      );
    await all(/snapshot|WAITING|round 1/);
    // `watch` has two streams: of rounds, and of claims on them.
    const streams = async ({ url }: Server): Promise<string | undefined> =>
      /^quorate_streams (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    await expect.poll(() => streams(one), { timeout: 30_000 }).toBe('6');
    expect(await one.stop()).toMatchObject({ code: 0 });
    // Nothing happens meanwhile: a server keeps events only of groups that somebody follows there.
    await expect.poll(() => streams(two), { timeout: 30_000 }).toBe('6');
    for (const agent of ['ann', 'bob']) await writer.propose({ agent, value: 7 });
    await all(/round-closed|SUCCESS/);
    expect(texts()).not.toMatch(/goodbye|stopping/);
    const [first, ...others] = readers.slice(0, 3).map(({ text }) => text().trim().split('\n'));
    expect(first?.map((line) => line.split(' ')[1])).toEqual([
      ...['snapshot', 'proposed', 'proposed', 'round-closed'],
    ]);
    for (const other of others) expect(other).toEqual(first);
    expect(retries, 'nothing was tried at a server that had said goodbye').toEqual([]);
    sdk.stop();
    await reading;
  });
});
