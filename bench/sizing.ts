import { fork } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../src/serve.ts';

/**
 * What things cost a server, for docs/sizing.md: memory after garbage collection, and bytes of the log, before and after many of a kind.
 *
 *     node scripts/run.js bench/sizing.ts
 *
 * The server is a process of its own, on files. Sockets cost the kernel memory besides, which is not counted.
 */
if (process.send === undefined) await measure();
else await beServer(process.argv[2] as string);

async function beServer(data: string): Promise<void> {
  const server = await serve({
    port: 0,
    log: `file:${data}`,
    limits: { waitsPerAddress: 0, streamsPerAddress: 0, connectionsPerAddress: 0, ratePerAddress: 0 },
  });
  process.on('message', () => {
    // Twice, with a turn between: what is freed by finalizers goes with the second.
    globalThis.gc?.();
    setTimeout(() => {
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      process.send?.({ bytes: heapUsed + external });
    }, 200);
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port: server.port });
}

async function measure(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'quorate-sizing-'));
  const child = fork(fileURLToPath(import.meta.url), [data], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const next = <T>(): Promise<T> =>
    new Promise((resolve) => child.once('message', (said) => resolve(said as T)));
  const { port } = await next<{ port: number }>();
  const memory = async (): Promise<number> => {
    child.send('measure');
    return (await next<{ bytes: number }>()).bytes;
  };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const send = (method: string, path: string, body?: object): Promise<string> =>
    ask({ port, agent }, method, path, body);
  const rows: string[] = [];
  const cost = async (what: string, many: number, make: (n: number) => Promise<unknown>): Promise<void> => {
    const before = { memory: await memory(), log: logBytes(data) };
    for (let from = 0; from < many; from += 200)
      await Promise.all(Array.from({ length: Math.min(200, many - from) }, (_, i) => make(from + i)));
    const after = { memory: await memory(), log: logBytes(data) };
    const each = (name: 'memory' | 'log'): number => Math.round((after[name] - before[name]) / many);
    rows.push(
      `| ${what} | ${many.toLocaleString('en')} | ${each('memory').toLocaleString('en')} B | ${each('log').toLocaleString('en')} B |`,
    );
    console.error(rows.at(-1));
  };
  const three = { rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } };
  await send('PUT', '/v1/groups/warm', three);
  await cost('a group that nobody uses', 20_000, (n) => send('PUT', `/v1/groups/g${n}`, three));
  await cost('a round of three agents with short values, closed and kept', 6000, async (n) => {
    for (const who of ['a', 'b', 'c'])
      await send('PUT', `/v1/groups/g${n}/rounds/1/proposals/${who}`, { value: 'yes' });
  });
  await send('PUT', '/v1/groups/many', {
    rule: { electorate: { live: { min: 2, max: 20_000 } }, next: 'continuous' },
  });
  await cost('an agent with a lease', 10_000, (n) => send('PUT', `/v1/groups/many/agents/a${n}`, {}));
  const held: http.ClientRequest[] = [];
  const hold = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.get({
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        headers: { accept: 'text/event-stream' },
      });
      held.push(request);
      request
        .on('error', reject)
        .on('socket', (socket) => socket.once('connect', () => setTimeout(resolve, 20)));
    });
  await cost('a request that waits, with its connection', 4000, () =>
    hold('/v1/groups/warm/rounds/1?wait=60s'),
  );
  for (const request of held.splice(0)) request.on('error', () => {}).destroy();
  // Until the server has noticed.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await cost('an event stream', 2000, () => hold('/v1/groups/warm/events'));
  for (const request of held) request.on('error', () => {}).destroy();
  console.log(['| what | measured with | memory each | log each |', '|---|---|---|---|', ...rows].join('\n'));
  agent.destroy();
  child.kill('SIGKILL');
  rmSync(data, { recursive: true });
}

/** Bytes that the log has written: its segments are zeroed ahead. */
function logBytes(data: string): number {
  return readdirSync(join(data, 'log')).reduce((sum, name) => {
    const bytes = readFileSync(join(data, 'log', name));
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end -= 1;
    return sum + end;
  }, 0);
}

interface Caller {
  readonly port: number;
  readonly agent: http.Agent;
}

function ask({ port, agent }: Caller, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const request = http.request({ host: '127.0.0.1', port, agent, method, path, headers }, (reply) => {
      let answer = '';
      reply.on('data', (chunk) => {
        answer += String(chunk);
      });
      reply.on('end', () =>
        (reply.statusCode ?? 0) < 300
          ? resolve(answer)
          : reject(new Error(`${method} ${path}: ${reply.statusCode} ${answer}`)),
      );
    });
    request.on('error', reject).end(text);
  });
}
