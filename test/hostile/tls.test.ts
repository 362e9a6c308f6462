import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { logger } from '../../src/operator/logger.ts';
import { Authority, type Issued } from '../harness/certificates.ts';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { ask, codeOf, size, start } from './ask.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

function certificate(path: string, name: string, days?: number): Issued {
  return new Authority(path).issue({ name, ...(days === undefined ? {} : { days }) });
}

function nameOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, timeout: 5000 }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function get(port: number): Promise<number> {
  return asked(port, '/healthz').then(({ status }) => status);
}

function text(port: number, path: string): Promise<string> {
  return asked(port, path).then((answer) => answer.text);
}

function asked(port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path, rejectUnauthorized: false, agent: false as const };
    const request = https.get(options, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text: body }));
    });
    request.on('error', reject);
  });
}

describe('TLS', () => {
  test('plain HTTP to its port is told so, in plain HTTP', async () => {
    const { cert, key } = certificate(folder(), 'server');
    const server = await start({ tlsCert: cert, tlsKey: key });
    cleanups.push(() => server.stop());
    const url = server.url.replace('https:', 'http:');
    const told = await connect({ url })
      .info()
      .catch((error) => error);
    expect(told).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining('https://') });
  });

  test('by certificate and key; a new certificate is read while the server runs, a broken one is not taken', async () => {
    const path = folder();
    const [one, two] = [certificate(path, 'one'), certificate(path, 'two')];
    const [cert, key] = [join(path, 'used.pem'), join(path, 'used.key')];
    const use = (from: { cert: string; key: string }) => {
      copyFileSync(from.cert, cert);
      copyFileSync(from.key, key);
    };
    use(one);
    const notices: string[] = [];
    const server = await start({
      tlsCert: cert,
      tlsKey: key,
      notify: logger({ write: (line) => notices.push(line) > 0 }),
    });
    cleanups.push(() => server.stop());
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    expect(await get(server.port)).toBe(200);
    expect(await nameOf(server.port)).toBe('one');
    use(two);
    server.reload();
    expect(await nameOf(server.port)).toBe('two');
    writeFileSync(cert, 'no certificate');
    server.reload();
    expect(notices.at(-1)).toMatch(/reload-refused: .*cannot be used for TLS/);
    expect(await nameOf(server.port)).toBe('two');
    expect((await ask(server, 'GET', '/healthz')).text).toContain('this port speaks TLS');
    expect(await get(server.port)).toBe(200);
  });

  test('SIGHUP reads the certificate again', async () => {
    const path = folder();
    const [one, two] = [certificate(path, 'one'), certificate(path, 'two')];
    const server = await startTls(['--log', 'memory:', '--tls-cert', one.cert, '--tls-key', one.key]);
    expect(server.url.startsWith('https://')).toBe(true);
    expect(await nameOf(server.port)).toBe('one');
    copyFileSync(two.cert, one.cert);
    copyFileSync(two.key, one.key);
    process.kill(server.pid, 'SIGHUP');
    await until(30_000, async () => ((await nameOf(server.port)) === 'two' ? true : undefined));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  test('needs both files', async () => {
    const { cert } = certificate(folder(), 'one');
    await expect(start({ tlsCert: cert })).rejects.toThrow('--tls-key');
    await expect(start({ tlsCert: cert, tlsKey: cert })).rejects.toThrow('cannot be used');
  });

  test.each(['empty certificate', 'empty key', 'key of another'])(
    '%s: refused at the start, and kept out while it runs',
    async (fault) => {
      const authority = new Authority(folder());
      const [one, two] = [authority.issue({ name: 'one' }), authority.issue({ name: 'two' })];
      const broken = join(authority.folder, 'broken');
      writeFileSync(broken, fault === 'key of another' ? readFileSync(two.key) : '');
      const options =
        fault === 'empty certificate'
          ? ['--tls-cert', broken, '--tls-key', one.key]
          : ['--tls-cert', one.cert, '--tls-key', broken];
      const refused = await quorate(['server', '--port', '0', '--log', 'memory:', ...options], 20_000);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain(`${broken} cannot be used for TLS`);

      const server = await startTls(['--log', 'memory:', '--tls-cert', one.cert, '--tls-key', one.key]);
      copyFileSync(broken, fault === 'empty certificate' ? one.cert : one.key);
      process.kill(server.pid, 'SIGHUP');
      const told = await until(30_000, () => line(server, 'reload-refused'));
      expect(told).toMatchObject({
        level: 'error',
        time: expect.stringMatching(/Z$/),
        says: expect.stringContaining('stay as they were'),
      });
      expect(await get(server.port)).toBe(200);
      expect(await nameOf(server.port)).toBe('one');
    },
  );

  test('one that has expired, or will soon, is said at the start, on reload and in metrics', async () => {
    const authority = new Authority(folder());
    const used = authority.issue({ name: 'used', days: -1 });
    const files = ['--tls-cert', used.cert, '--tls-key', used.key];
    const looked = await quorate(['doctor', '--port', '0', '--log', 'memory:', ...files, '--json']);
    expect(looked).toMatchObject({ code: 1, stdout: expect.stringContaining(`${used.cert} expired on`) });
    const server = await startTls(['--log', 'memory:', ...files]);
    expect(line(server, 'certificate-ends')).toMatchObject({
      says: expect.stringContaining('expired'),
      use: 'server',
    });
    const renew = async (days: number, event: string, count: number) => {
      authority.issue({ name: 'used', days });
      process.kill(server.pid, 'SIGHUP');
      await until(30_000, () => (lines(server, event).length === count ? true : undefined));
    };
    await renew(60, 'certificate-good', 1);
    await renew(2, 'certificate-ends', 2);
    expect(line(server, 'certificate-ends')).toMatchObject({ says: expect.stringContaining('soon') });
    const [, seconds] =
      /^quorate_certificate_expiry_timestamp_seconds\{use="server"\} (\d+)$/m.exec(
        await text(server.port, '/metrics'),
      ) ?? [];
    expect(Number(seconds) - Date.now() / 1000).toBeLessThan(2 * 86_400);
    expect(Number(seconds) - Date.now() / 1000).toBeGreaterThan(86_400);
  });
});

describe("the administrator's token", () => {
  test('comes from a file, and is then asked for', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'sixteen-or-more-characters\n', { mode: 0o600 });
    const server = await startTls(['--log', 'memory:', '--admin-token-file', file]);
    const path = '/v1/groups/mine';
    expect(codeOf(await ask(server, 'PUT', path, { body: size(2) }))).toBe('token-required');
    const token = 'sixteen-or-more-characters';
    expect((await ask(server, 'PUT', path, { body: size(2), token })).status).toBe(201);
    const told = [await ask(server, 'GET', '/v1/info'), await ask(server, 'GET', '/v1/groups', { token })];
    for (const { text } of told) expect(text).not.toContain(token);
  });

  test.each(['', 'short', 'with spaces in the middle of it', 'näh-näh-näh-näh-näh'])(
    '%j is none',
    async (adminToken) => {
      await expect(start({ adminToken })).rejects.toThrow('16 to 512 characters');
    },
  );

  test('without one the server does not listen beyond this machine, unless told to, and then says so', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow('--insecure-open');
    const told: string[] = [];
    const notify = (what: string): unknown => told.push(what);
    const server = await start({ host: '0.0.0.0', adminToken: 'sixteen-or-more-characters', notify });
    await server.stop();
    expect(told).not.toContain('open');
    const open = await start({ host: '0.0.0.0', insecureOpen: true, notify });
    await open.stop();
    expect(told).toContain('open');
  });
});

/** What the server has told of an event. */
function lines(server: Server, event: string): Record<string, unknown>[] {
  return server
    .stderr()
    .split('\n')
    .filter((one) => one.includes(`"event":"${event}"`))
    .map((one) => JSON.parse(one) as Record<string, unknown>);
}

function line(server: Server, event: string): Record<string, unknown> | undefined {
  return lines(server, event).at(-1);
}

async function startTls(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  cleanups.push(() => server.kill());
  return server;
}
