import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import type { RunningServer } from '../../src/serve.ts';
import { temporaryFolder, until } from '../harness/server.ts';
import { nginxBinary } from '../harness/tools.ts';
import { ask, size, start } from './ask.ts';

/** The sample of docs/operate.md, run by a real nginx in front of a real server. */

const nginx = nginxBinary();
const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
const sample = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

describe.skipIf(nginx === null)('behind nginx as docs/operate.md has it', () => {
  const { path: folder, remove } = temporaryFolder();
  let server: RunningServer;
  let proxy: ChildProcess;
  let port: number;

  beforeAll(async () => {
    server = await start({
      allowHosts: ['vote.example.org'],
      trustProxies: ['loopback'],
      limits: { ratePerAddress: 1, burstPerAddress: 40 },
    });
    port = await freePort();
    const own = sample
      .replace('127.0.0.1:5000', `127.0.0.1:${server.port}`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`);
    expect(own).not.toBe(sample);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ');
    const whole = `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events {} http { access_log off; ${temporary} ${own} }`;
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'nginx.conf'), whole);
    proxy = spawn(nginx as string, ['-p', folder, '-c', 'nginx.conf'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    proxy.stderr?.on('data', (text) => {
      said += text;
    });
    await until(10_000, async () => {
      if (proxy.exitCode !== null) throw new Error(said);
      return (await ask({ port }, 'GET', '/healthz').catch(() => undefined))?.status === 200
        ? true
        : undefined;
    });
  });
  afterAll(async () => {
    if (proxy?.exitCode === null) {
      const gone = new Promise((resolve) => proxy.once('exit', resolve));
      proxy.kill('SIGTERM');
      await gone;
    }
    await server?.stop();
    remove();
  });

  const from = (address: string) => ({ 'x-forwarded-for': address });

  test('a web page of this origin may write, with the port in its address; another may not', async () => {
    const host = `vote.example.org:${port}`;
    const put = (origin: string) =>
      ask({ port }, 'PUT', '/v1/groups/g', { body: size(3), headers: { host, origin } });
    expect((await put(`http://${host}`)).status).toBeLessThan(300);
    expect((await put('http://evil.example.org')).status).toBe(403);
  });

  test('propose and wait, and a stream, pass through', async () => {
    const url = `http://127.0.0.1:${port}`;
    const group = connect({ url }).group('h');
    await group.create({ rule: { electorate: { size: 2 }, threshold: 2 } });
    const both = await Promise.all(
      ['ann', 'bob'].map((agent) => group.propose({ agent, value: 1, wait: '10s' })),
    );
    expect(both.map(({ state }) => state)).toEqual(['SUCCESS', 'SUCCESS']);
    for await (const { type } of group.events()) {
      expect(type).toBe('snapshot');
      break;
    }
  });

  test('each caller has limits of its own, whatever it claims; health checks use up none', async () => {
    // nginx adds the address it sees: what a caller writes itself stands further left and does not count.
    const many = (headers: Record<string, string>, localAddress: string) =>
      Promise.all(Array.from({ length: 60 }, () => status(port, '/v1/groups/h', localAddress, headers)));
    const greedy = await many(from('192.0.2.1'), '127.0.0.5');
    expect(greedy.filter((code) => code === 429).length).toBeGreaterThan(10);
    expect(await status(port, '/v1/groups/h', '127.0.0.6', {})).toBe(200);
    expect(await status(port, '/readyz', '127.0.0.5', {})).toBe(200);
  });
});

function status(
  port: number,
  path: string,
  localAddress: string,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', localAddress, path, headers, agent: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode ?? 0);
      })
      .on('error', reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
