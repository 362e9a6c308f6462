import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { serverLimits } from '../../src/http/edge/limits.ts';
import type { RunningServer } from '../../src/serve.ts';
import { type Nginx, nginxSamples, replaced, startNginx } from '../harness/nginx.ts';
import { nginxBinary } from '../harness/tools.ts';
import { ask, size, start } from './ask.ts';

/** The sample of docs/operate.md, run by a real nginx in front of a real server. */

const nginx = nginxBinary();
const { whole } = nginxSamples();

describe.skipIf(nginx === null)('behind nginx as docs/operate.md has it', () => {
  let server: RunningServer;
  let proxy: Nginx;
  let port: number;

  beforeAll(async () => {
    server = await start({
      allowHosts: ['vote.example.org'],
      trustProxies: ['loopback'],
      limits: { ratePerAddress: 1, burstPerAddress: 40 },
    });
    proxy = await startNginx(nginx as string, whole, server.port);
    port = proxy.port;
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
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

/**
 * A connection that the server closes first, at the moment at which nginx sends a request into it, costs the caller a 502: nginx does
 * not repeat a POST. Scaled down: nginx lets go after 0.5 s, the server after 1.5 s, and requests come after pauses around both.
 */
describe.skipIf(nginx === null)('connections that nginx keeps', () => {
  test('are let go of by nginx first, by the defaults of the sample and of the server', () => {
    const [, seconds] = /keepalive_timeout (\d+)s;/.exec(whole) ?? [];
    expect(Number(seconds) * 1000).toBeLessThanOrEqual(serverLimits.keepAliveTimeout.default - 10_000);
  });

  test('cost no request when they go', async () => {
    const server = await start({ limits: { keepAliveTimeout: 1500 } });
    const proxy = await startNginx(
      nginx as string,
      replaced(whole, 'keepalive_timeout 60s', 'keepalive_timeout 500ms'),
      server.port,
    );
    try {
      await ask(proxy, 'PUT', '/v1/groups/g', { body: size(100) });
      const caller = async (n: number): Promise<number[]> => {
        const codes: number[] = [];
        for (const pause of [0, 480, 500, 520, 1480, 1500, 1520]) {
          await new Promise((resolve) => setTimeout(resolve, pause + n));
          const answer = await ask(proxy, 'POST', '/v1/groups/g/proposals', {
            body: { agent: `a${n}`, value: 1 },
          });
          codes.push(answer.status);
        }
        return codes;
      };
      const codes = (await Promise.all(Array.from({ length: 16 }, (_, n) => caller(n)))).flat();
      expect(codes.filter((code) => code !== 200 && code !== 201)).toEqual([]);
    } finally {
      await proxy.stop();
      await server.stop();
    }
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
