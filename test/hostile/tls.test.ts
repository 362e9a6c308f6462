import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder, until } from '../server.ts';
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

/** A certificate for localhost by that name, made for this run. */
function certificate(path: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(path, `${name}.pem`), join(path, `${name}.key`)];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  ];
  execFileSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return { cert, key };
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
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path: '/healthz',
      rejectUnauthorized: false,
      agent: false as const,
    };
    https.get(options, (reply) => resolve(reply.resume().statusCode ?? 0)).on('error', reject);
  });
}

describe('TLS', () => {
  test('by certificate and key; a new certificate is read while the server runs, a broken one is not taken', async () => {
    const path = folder();
    const [one, two] = [certificate(path, 'one'), certificate(path, 'two')];
    const [cert, key] = [join(path, 'used.pem'), join(path, 'used.key')];
    const use = (from: { cert: string; key: string }) => {
      copyFileSync(from.cert, cert);
      copyFileSync(from.key, key);
    };
    use(one);
    const server = await start({ tlsCert: cert, tlsKey: key });
    cleanups.push(() => server.stop());
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    expect(await get(server.port)).toBe(200);
    expect(await nameOf(server.port)).toBe('one');
    use(two);
    server.reloadTls();
    expect(await nameOf(server.port)).toBe('two');
    writeFileSync(cert, 'no certificate');
    expect(() => server.reloadTls()).toThrow('cannot be used for TLS');
    expect(await nameOf(server.port)).toBe('two');
    await expect(ask(server, 'GET', '/healthz')).rejects.toThrow();
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
    await until(5000, async () => ((await nameOf(server.port)) === 'two' ? true : undefined));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  test('needs both files', async () => {
    const { cert } = certificate(folder(), 'one');
    await expect(start({ tlsCert: cert })).rejects.toThrow('--tls-key');
    await expect(start({ tlsCert: cert, tlsKey: cert })).rejects.toThrow('cannot be used');
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

  test('without one the server does not listen beyond this machine, unless told to', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow('--insecure-open');
    const server = await start({ host: '0.0.0.0', adminToken: 'sixteen-or-more-characters' });
    await server.stop();
  });
});

async function startTls(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  cleanups.push(() => server.kill());
  return server;
}
