import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Authority } from '../harness/certificates.ts';
import { quorate, type Server, startServer, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';
import { closeToStrangers } from './users.ts';

const binary = etcdBinary() as string;

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a server over etcd tells its operator what is wrong, and what to do', () => {
  let folder: string;
  let cleanups: (() => unknown)[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quorate-access-'));
    cleanups = [() => rmSync(folder, { recursive: true, force: true })];
  });
  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const cluster = async (options: { tls?: { ca: string; cert: string; key: string } } = {}) => {
    const started = await EtcdCluster.start({ binary, ...options });
    cleanups.push(() => started.stop());
    return started;
  };
  const serve = async (log: string) => {
    const server = await startServer(['--log', log]);
    cleanups.push(() => server.kill());
    return server;
  };
  const told = (server: Server, event: string) =>
    until(30_000, () => {
      const line = server
        .stderr()
        .split('\n')
        .findLast((one) => one.includes(`"event":"${event}"`));
      return line === undefined ? undefined : (JSON.parse(line) as { says: string; fix?: string });
    });

  test('a wrong password: 69 at the start; no-quorum while it runs, and quorum-back once it is right', async () => {
    const etcd = await cluster();
    const post = await closeToStrangers(etcd.endpoints[0] as string);
    const password = join(folder, 'password');
    const log = `${etcd.url('q')}?user=root&passwordFile=${password}`;
    writeFileSync(password, 'a guess\n');
    const refused = await quorate(['server', '--port', '0', '--log', log], 30_000);
    expect(refused).toMatchObject({ code: 69 });
    expect(refused.stderr).toMatch(/authentication failed/);
    expect(refused.stderr).toMatch(/fix: .*passwordFile/);
    expect(refused.stderr).not.toContain('a guess');

    writeFileSync(password, 'open sesame\n');
    const server = await serve(log);
    await post('user/changepw', { name: 'root', password: 'another' });
    expect(await told(server, 'no-quorum')).toMatchObject({
      says: expect.stringContaining('authentication failed'),
      fix: expect.stringContaining('passwordFile'),
    });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    writeFileSync(password, 'another\n');
    await told(server, 'quorum-back');
    await until(30_000, async () => (await fetch(`${server.url}/readyz`)).ok || undefined);
  });

  test('an expired certificate is named, and a good one is taken when the file changes', async () => {
    const authority = new Authority(folder);
    const tls = { ca: authority.ca, ...authority.issue({ name: 'member' }) };
    const etcd = await cluster({ tls });
    const spare = join(folder, 'expired');
    mkdirSync(spare);
    const own = authority.issue({ name: 'quorate' });
    const expired = authority.issue({ name: 'quorate', file: 'expired/quorate', days: -1 });
    const log = (pair: { cert: string; key: string }) =>
      `etcds://${etcd.endpoints[0]}/q?ca=${authority.ca}&cert=${pair.cert}&key=${pair.key}&timeout=500ms&giveUpAfter=2s`;
    const refused = await quorate(['server', '--port', '0', '--log', log(expired)], 30_000);
    expect(refused).toMatchObject({ code: 69 });
    expect(refused.stderr).toContain(`the certificate in ${expired.cert} expired on `);
    expect(refused.stderr).toMatch(/fix: put a certificate that is valid/);
    const looked = await quorate(['doctor', '--port', '0', '--log', log(expired), '--json'], 30_000);
    expect(looked).toMatchObject({ code: 1 });
    expect(looked.stdout).toContain(`the certificate in ${expired.cert} expired on `);

    const good = { cert: join(folder, 'good.crt'), key: join(folder, 'good.key') };
    const put = (from: typeof good, to: typeof good) => {
      copyFileSync(from.cert, to.cert);
      copyFileSync(from.key, to.key);
    };
    put(own, good);
    const server = await serve(log(own));
    put(expired, own);
    expect(await told(server, 'certificate-ends')).toMatchObject({ says: expect.stringContaining(own.cert) });
    expect(await told(server, 'no-quorum')).toMatchObject({
      says: expect.stringContaining(`the certificate in ${own.cert} expired on `),
    });
    put(good, own);
    await told(server, 'quorum-back');
    await until(30_000, async () => (await fetch(`${server.url}/readyz`)).ok || undefined);
  });

  test('slow appends are told, and so is a cluster that is away and back', async () => {
    const etcd = await cluster();
    const server = await serve(`${etcd.url('q')}?timeout=500ms`);
    const [member] = etcd.members;
    const post = () =>
      fetch(`${server.url}/number`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"number":1}',
      });
    member?.pause();
    const posted = post();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    member?.resume();
    expect([200, 503]).toContain((await posted).status);
    expect(await told(server, 'slow-appends')).toMatchObject({ fix: expect.stringContaining('etcd') });
    await member?.kill();
    expect(await told(server, 'no-quorum')).toMatchObject({ fix: expect.stringContaining('Lost quorum') });
    member?.start();
    await told(server, 'quorum-back');
    await until(30_000, async () => (await post()).ok || undefined);
  });
});
