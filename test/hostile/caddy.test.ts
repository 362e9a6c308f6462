import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { serverLimits } from '../../src/http/edge/limits.ts';
import type { RunningServer } from '../../src/serve.ts';
import { freePorts } from '../cluster/ports.ts';
import { temporaryFolder, until } from '../harness/server.ts';
import { caddyBinary } from '../harness/tools.ts';
import { ask, size, start } from './ask.ts';
import { dial, hangUpAll } from './sockets.ts';

/** The sample of docs/operate.md, run by a real Caddy in front of a real server; without a certificate, which it would get from elsewhere. */

const caddy = caddyBinary();
const [, sample = ''] = /```caddy\n([\s\S]*?)```/.exec(readFileSync('docs/operate.md', 'utf8')) ?? [];

describe.skipIf(caddy === null)('behind Caddy as docs/operate.md has it', () => {
  let server: RunningServer;
  let port: number;
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    server = await start({
      ...{ allowHosts: ['vote.example.org'], trustProxies: ['127.0.0.1'] },
      limits: { ratePerAddress: 1, burstPerAddress: 40 },
    });
    [port] = (await freePorts(1)) as [number];
    const { path, remove } = temporaryFolder();
    const placed = sample
      .replace('vote.example.org {', `http://:${port} {\n  bind 127.0.0.1`)
      .replace('127.0.0.1:5000', `127.0.0.1:${server.port}`);
    expect(placed).toContain(`reverse_proxy 127.0.0.1:${server.port}`);
    const file = join(path, 'Caddyfile');
    writeFileSync(file, `{\n  admin off\n}\n${placed}`);
    const child = spawn(caddy as string, ['run', '--config', file, '--adapter', 'caddyfile'], {
      env: { HOME: path, XDG_DATA_HOME: path, XDG_CONFIG_HOME: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    stop = async () => {
      if (child.exitCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      remove();
    };
    await until(30_000, async () => {
      if (child.exitCode !== null) throw new Error(said);
      return (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)) && true;
    });
  });
  afterAll(async () => {
    hangUpAll();
    await stop();
    await server?.stop();
  });

  test('a web page of its own name may write; another may not', async () => {
    const put = (origin: string) =>
      ask({ port }, 'PUT', '/v1/groups/g', { body: size(3), headers: { host: 'vote.example.org', origin } });
    expect((await put('http://vote.example.org')).status).toBeLessThan(300);
    expect((await put('http://evil.example.org')).status).toBe(403);
  });

  test('propose and wait pass through, and each event of a stream comes when it happens', async () => {
    const group = connect({ url: `http://127.0.0.1:${port}` }).group('h');
    await group.create({ rule: { electorate: { size: 2 }, threshold: 2 } });
    const stream = await dial(port);
    stream.socket.write(
      'GET /v1/groups/h/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n',
    );
    await until(30_000, () => (stream.text().includes('event: snapshot') ? true : undefined));
    const first = group.propose({ agent: 'ann', value: 1, wait: '20s' });
    await until(30_000, () => (stream.text().includes('"agent":"ann"') ? true : undefined));
    const second = await group.propose({ agent: 'bob', value: 1, wait: '20s' });
    expect([(await first).state, second.state]).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test('each caller has limits of its own, whatever it claims; health checks use up none', async () => {
    const many = (from: string) =>
      Promise.all(
        Array.from({ length: 60 }, () =>
          ask({ port }, 'GET', '/v1/groups/h', { from, headers: { 'x-forwarded-for': '192.0.2.1' } }),
        ),
      );
    const greedy = await many('127.0.0.5');
    expect(greedy.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
    expect((await ask({ port }, 'GET', '/v1/groups/h', { from: '127.0.0.6' })).status).toBe(200);
    expect((await ask({ port }, 'GET', '/readyz', { from: '127.0.0.5' })).status).toBe(200);
  });

  test('idle connections are let go of by Caddy first, and no wait is cut off', () => {
    const seconds = (name: string): number => Number(new RegExp(`${name} (\\d+)s`).exec(sample)?.[1]);
    expect(seconds('keepalive') * 1000).toBeLessThanOrEqual(serverLimits.keepAliveTimeout.default - 10_000);
    expect(seconds('response_header_timeout')).toBeGreaterThan(60);
  });
});
