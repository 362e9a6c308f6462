import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../harness/server.ts';
import { etcdBinary, etcdctlBinary } from '../harness/tools.ts';
import { Machine } from './runbook/machine.ts';
import { Page } from './runbook/page.ts';

/**
 * docs/cluster.md as it is written, block by block, on three machines that are folders: from nothing to a cluster with
 * TLS and users, and through everything that its runbook is for. The steps depend on each other.
 */
const etcd = etcdBinary();
const etcdctl = etcdctlBinary();
const adminToken = 'one-long-enough-for-anybody';
const names = ['m1', 'm2', 'm3'] as const;
const each = /^on each machine/;
const one = /^on one machine/;

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!etcd || !etcdctl)('docs/cluster.md', () => {
  const page = new Page();
  let folder: string;
  let authority: Machine;
  let machines: readonly Machine[];
  let m1: Machine;
  let m2: Machine;
  let m3: Machine;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quorate-runbook-'));
    // Users of the machines look into it.
    chmodSync(folder, 0o755);
    const network = `127.${process.pid % 250}.${Math.floor(Math.random() * 250)}`;
    const site = { network, etcd: etcd as string, etcdctl: etcdctl as string, quota: 16 << 20 };
    authority = new Machine(site, folder, 'authority', 9);
    machines = names.map((name, i) => new Machine(site, folder, name, i + 1));
    [m1, m2, m3] = machines as [Machine, Machine, Machine];
  });
  afterAll(() => {
    for (const machine of machines ?? []) machine.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const onEach = (script: string) => Promise.all(machines.map((machine) => machine.run(script)));
  const oneByOne = async (script: string) => {
    for (const machine of machines) await machine.run(script);
  };
  /** Makes certificates and puts them in place, by the two blocks of the page. */
  const newCertificates = async () => {
    await authority.run(page.under('Certificates', /^where the authority lives/));
    for (const machine of machines) {
      rmSync(machine.path('root/new-certificates'), { recursive: true, force: true });
      cpSync(authority.path(`root/certificates/${machine.name}`), machine.path('root/new-certificates'), {
        recursive: true,
      });
    }
    await onEach(page.under('Certificates', each, 2));
  };
  /** Waits until each server has told of an event once more than before. */
  const tell = async (event: string, action: () => unknown, count = 1) => {
    const told = (machine: Machine) => machine.journal('quorate').split(` ${event}: `).length;
    const before = machines.map(told);
    await action();
    await until(
      40_000,
      () => machines.every((machine, i) => told(machine) >= (before[i] as number) + count) || undefined,
    );
  };
  const ask = (machine: Machine, path: string, asking: Asking = {}) => askSecurely(machine, path, asking);
  const areReady = () =>
    until(40_000, async () => {
      const answers = await Promise.all(machines.map((machine) => ask(machine, '/readyz').catch(() => null)));
      return answers.every((answer) => answer?.status === 200) || undefined;
    });
  /** Each server takes a value, and the last shows them all. */
  const decide = async (value: string) => {
    for (const machine of machines) {
      const body = JSON.stringify({ agent: machine.name, value: `${value} of ${machine.name}` });
      const taken = await ask(machine, '/v1/groups/trial/proposals?wait=20s', { method: 'POST', body });
      expect(taken, taken.text).toMatchObject({ status: 201 });
    }
    const seen = await decided();
    for (const { name } of machines) expect(seen).toContain(`${value} of ${name}`);
  };
  const decided = async () => (await ask(m3, '/v1/groups/trial/rounds')).text;
  const logId = async () =>
    (JSON.parse((await ask(m1, '/v1/info', { token: adminToken })).text) as { log: { id: string } }).log.id;

  test('from nothing to three servers over three members, with TLS and users', async () => {
    await onEach(page.under('Install', each));
    await newCertificates();
    await onEach(page.under('etcd', each));
    expect(await m1.run(page.under('etcd', one, 2))).toMatch(/is healthy/);
    expect(await m1.run(page.under('Users of etcd', one))).toMatch(/Authentication Enabled/);
    for (const machine of machines) writeFileSync(machine.path('etc/quorate/admin-token'), `${adminToken}\n`);
    const looks = await onEach(page.under('The servers', each));
    for (const looked of looks)
      expect(looked).toMatch(/good +log: a majority answers; there is no log|good +log: .* entries/);
    expect(await m1.run(page.under('The servers', one, 2))).toMatch(/(.*"ready".*){3}/s);
    for (const machine of machines)
      expect(machine.journal('etcd')).not.toMatch(/unrecognized environment variable/);
  });

  test('health checks by address and by name are answered, strangers are not', async () => {
    for (const machine of machines) {
      for (const host of [machine.address, `${machine.address}:5000`, machine.name, 'quorate.example.org'])
        expect(await ask(machine, '/readyz', { host }), host).toMatchObject({ status: 200 });
      expect(await ask(machine, '/readyz', { host: 'elsewhere.example.org' })).toMatchObject({ status: 421 });
    }
    const put = { method: 'PUT', body: '{"rule":{"electorate":{"size":1},"next":"continuous"}}' };
    expect(await ask(m1, '/v1/groups/trial', put)).toMatchObject({ status: 401 });
    expect(await ask(m1, '/v1/groups/trial', { ...put, token: adminToken })).toMatchObject({ status: 201 });
    await decide('first');
  });

  test('back up; lost quorum; a member whose disk is lost', async () => {
    expect(await m1.run(page.under('Back up and restore', one))).toMatch(/HASH/i);
    await decide('after the backup');

    await tell('no-quorum', () => {
      for (const machine of [m2, m3]) machine.kill('etcd');
    });
    expect(await ask(m1, '/readyz')).toMatchObject({ status: 503 });
    const bringBack = page.under('Lost quorum', /^on m2 and m3/);
    await tell('quorum-back', () => Promise.all([m2, m3].map((machine) => machine.run(bringBack))));
    await areReady();

    m3.kill('etcd');
    rmSync(m3.path('var/lib/etcd'), { recursive: true });
    await m3.run(page.under('A member whose disk is lost', /^on m3/));
    await areReady();
    await decide('with a new member');
  });

  test('NOSPACE: said by each server, and gone after the block', async () => {
    const fill =
      'for n in $(seq 100); do head -c 700000 /dev/urandom | base64 | etcdctl put /filler || break; done';
    await tell('read-only', () => m1.run(`. /etc/etcd/ctl\n${fill}`));
    const body = '{"agent":"a","value":1}';
    expect(await ask(m2, '/v1/groups/trial/proposals', { method: 'POST', body })).toMatchObject({
      status: 507,
    });
    expect((await ask(m2, '/readyz')).text).toContain('"read-only"');
    expect(await decided()).toContain('first of m1');
    await tell('writable', () => m1.run(page.under('NOSPACE', one)));
    expect(await m1.run(page.under('NOSPACE', one, 2))).toContain('"SUCCESS"');
  });

  test('new certificates, and a new authority', async () => {
    const reload = page.under('New certificates', each);
    const restart = page.under('New certificates', each, 2);
    const trusted = (...authorities: string[]) => {
      const text = authorities.map((path) => readFileSync(path, 'utf8')).join('');
      for (const machine of machines)
        for (const path of ['etc/etcd/ca.crt', 'etc/quorate/ca.crt']) writeFileSync(machine.path(path), text);
    };
    // One for callers, one for etcd.
    await tell(
      'reloaded',
      async () => {
        await newCertificates();
        await onEach(reload);
      },
      2,
    );
    const ca = authority.path('root/certificates/authority/ca.crt');
    const old = authority.path('root/old-authority');
    renameSync(authority.path('root/certificates/authority'), old);
    await authority.run(page.under('Certificates', /^where the authority lives/));
    trusted(join(old, 'ca.crt'), ca);
    await onEach(reload);
    await oneByOne(restart);
    await newCertificates();
    trusted(join(old, 'ca.crt'), ca);
    await onEach(reload);
    trusted(ca);
    // A server that went on with its old certificates would find nobody any more.
    await oneByOne(restart);
    await onEach(reload);
    await areReady();
    await decide('by a new authority');
    for (const machine of machines) expect(machine.journal('quorate')).not.toMatch(/ reload-refused: /);
  });

  test('restore: what was in the backup is there under a new name, and etcd can read its files', async () => {
    const before = await logId();
    for (const machine of [m2, m3])
      cpSync(m1.path('var/backups/quorate/quorate.db'), machine.path('var/backups/quorate/quorate.db'));
    await onEach(page.under('Back up and restore', each, 2));
    await onEach(page.under('Back up and restore', each, 3));
    const looked = await m1.run(page.under('Back up and restore', one, 4));
    expect(looked).toContain(`log ${before} has`);
    const hashes = [...looked.matchAll(/2379, (\d+)/g)].map(([, hash]) => hash);
    expect(hashes).toHaveLength(3);
    expect(new Set(hashes).size).toBe(1);
    await onEach(page.under('Back up and restore', each, 5));
    await areReady();
    expect(await logId()).not.toBe(before);
    expect(await decided()).toContain('first of m1');
    expect(await decided()).not.toContain('after the backup');
    await decide('after the restore');
    if (process.getuid?.() === 0)
      for (const machine of machines)
        expect(statSync(machine.path('var/lib/etcd/data/member')).uid).toBe(61_001);
  });

  test('a majority lost for good: the member that is left goes on, others join it', async () => {
    for (const machine of [m2, m3]) machine.kill('etcd');
    for (const machine of [m2, m3]) rmSync(machine.path('var/lib/etcd/data'), { recursive: true });
    await onEach(page.under('A majority lost for good', each));
    await m1.run(page.under('A majority lost for good', /^on m1/, 2));
    for (const machine of [m2, m3]) await machine.run(page.under('A member whose disk is lost', /^on m3/));
    await m1.run(page.under('Back up and restore', one, 4));
    await onEach(page.under('Back up and restore', each, 5));
    await areReady();
    expect(await decided()).toContain('after the restore of m3');
    await decide('at the end');
  });

  test('has no block that was not run', () => {
    expect(page.neverRun).toEqual([]);
  });
});

interface Asking {
  readonly method?: string;
  readonly host?: string;
  readonly token?: string;
  readonly body?: string;
}

/** Asks over TLS, trusting the authority of the machine alone. */
function askSecurely(
  machine: Machine,
  path: string,
  asking: Asking,
): Promise<{ status: number; text: string }> {
  const { method = 'GET', host, token, body } = asking;
  const headers = {
    ...(host && { host }),
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const ca = readFileSync(machine.path('etc/quorate/ca.crt'));
    const to = { host: machine.address, servername: 'quorate.example.org', port: 5000, path, agent: false };
    const asked = request({ ...to, method, headers, ca, timeout: 30_000 }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
    });
    asked.on('error', reject).on('timeout', () => asked.destroy(new Error('no answer')));
    asked.end(body);
  });
}
