import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { closeToStrangers } from '../../../test/cluster/users.ts';
import { Authority, type Issued } from '../../../test/harness/certificates.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import type { KeptCertificates } from '../../certificates.ts';
import { EtcdClient } from './client.ts';
import { openEtcdLog } from './engine.ts';
import { utf8 } from './key-layout.ts';
import { methods } from './messages.ts';
import { parseEtcdUrl } from './options.ts';

const binary = etcdBinary();

describe.skipIf(!binary)('access to etcd', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quorate-access-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('speaks TLS with a client certificate, and refuses a server it cannot verify', async () => {
    const authority = new Authority(folder);
    const [ca, client] = [`ca=${authority.ca}`, pairOf(authority.issue({ name: 'client' }))];
    const tls = { ca: authority.ca, ...authority.issue({ name: 'server' }) };
    const cluster = await EtcdCluster.start({ binary: binary!, tls });
    try {
      const [endpoint] = cluster.endpoints;
      const log = await openEtcdLog(`etcd://${endpoint}/p?${ca}&${client}`);
      expect(log.info.location).toBe(`etcds://${endpoint}/p`);
      expect(await log.append(Buffer.from('a'))).toEqual({ ok: true, index: 1 });
      for await (const { bytes } of log.entries(1, AbortSignal.timeout(5000))) {
        expect(Buffer.from(bytes).toString()).toBe('a');
        break;
      }
      await log.close();
      const soon = 'timeout=300ms&giveUpAfter=600ms';
      await expect(openEtcdLog(`etcds://${endpoint}/p?${client}&${soon}`)).rejects.toThrow(/certificate/);
      await expect(openEtcdLog(`etcd://${endpoint}/p?${ca}&${soon}`)).rejects.toThrow(/cannot open/);
      await expect(openEtcdLog(`etcd://${endpoint}/p?ca=${file('none.pem')}`)).rejects.toThrow(/none\.pem/);
    } finally {
      await cluster.stop();
    }
  });

  test('uses certificates that were read again: those it began with need not be good any more', async () => {
    const [old, next] = ['old', 'new'].map((name) => {
      const path = file(name);
      mkdirSync(path);
      return new Authority(path);
    }) as [Authority, Authority];
    const trusted = file('trusted.crt');
    const trust = (...authorities: Authority[]) =>
      writeFile(trusted, authorities.map(({ ca }) => readFileSync(ca, 'utf8')).join(''));
    await trust(old);
    const member = old.issue({ name: 'member' });
    const cluster = await EtcdCluster.start({ binary: binary!, tls: { ca: trusted, ...member } });
    try {
      const own = old.issue({ name: 'client' });
      const kept: KeptCertificates[] = [];
      const log = await openEtcdLog(`etcd://${cluster.endpoints[0]}/p?ca=${trusted}&${pairOf(own)}`, {
        onCertificates: (certificates) => kept.push(certificates),
      });
      expect(await log.append(Buffer.from('a'))).toEqual({ ok: true, index: 1 });
      await trust(old, next);
      const issued = next.issue({ name: 'client' });
      for (const part of ['cert', 'key'] as const) copyFileSync(issued[part], own[part]);
      expect(kept[0]?.reload()).toBe(true);
      // Only the new authority counts from now on.
      const renewed = next.issue({ name: 'member' });
      for (const part of ['cert', 'key'] as const) copyFileSync(renewed[part], member[part]);
      await trust(next);
      expect(kept[0]?.reload()).toBe(true);
      await cluster.members[0]!.kill();
      cluster.members[0]!.start();
      await cluster.ready();
      expect(await log.append(Buffer.from('b'))).toEqual({ ok: true, index: 2 });
      await log.close();
    } finally {
      await cluster.stop();
    }
  });

  test('logs in with a password, and again when the token is lost', async () => {
    const cluster = await EtcdCluster.start({ binary: binary! });
    try {
      const [member] = cluster.members;
      await closeToStrangers(member!.endpoint);
      await writeFile(file('password'), 'open sesame\n');
      await writeFile(file('wrong'), 'guess\n');
      const login = `${cluster.url('p')}?user=root&passwordFile=`;
      const log = await openEtcdLog(login + file('password'));
      expect(await log.append(Buffer.from('a'))).toEqual({ ok: true, index: 1 });
      // A restarted member knows no token that it gave out before.
      await member!.kill();
      member!.start();
      await cluster.ready();
      expect(await log.append(Buffer.from('b'))).toEqual({ ok: true, index: 2 });
      expect(await log.head()).toBe(2);
      await log.close();
      await expect(openEtcdLog(login + file('wrong'))).rejects.toThrow(/authentication failed/);
      await expect(openEtcdLog(cluster.url('p'))).rejects.toThrow(/user name is empty/);
    } finally {
      await cluster.stop();
    }
  });

  test('logs in again when its token has expired', async () => {
    const cluster = await EtcdCluster.start({ binary: binary!, args: ['--auth-token-ttl=1'] });
    try {
      await closeToStrangers(cluster.endpoints[0]!);
      await writeFile(file('password'), 'open sesame\n');
      // Reads would keep the token alive: etcd counts from its last use.
      const options = parseEtcdUrl(`${cluster.url('p')}?user=root&passwordFile=${file('password')}`);
      const client = new EtcdClient(options);
      const put = { key: utf8('p/k'), value: utf8('v') };
      await client.call(methods.put, put);
      await sleep(3000);
      await expect(client.call(methods.put, put)).rejects.toMatchObject({
        code: 'unavailable',
        notExecuted: true,
      });
      await client.call(methods.put, put);
      client.close();
    } finally {
      await cluster.stop();
    }
  });

  test('what is denied after the start is refused with the reason, and taken once it is allowed', async () => {
    const cluster = await EtcdCluster.start({ binary: binary! });
    try {
      const post = await closeToStrangers(cluster.endpoints[0]!);
      const range = { key: base64('/p/'), range_end: base64('/p0') };
      const grant = () => post('role/grant', { name: 'log', perm: { permType: 2, ...range } });
      await post('role/add', { name: 'log' });
      await grant();
      await post('user/add', { name: 'quorate', password: 'one' });
      await post('user/grant', { user: 'quorate', role: 'log' });
      await writeFile(file('password'), 'one\n');
      const log = await openEtcdLog(`${cluster.url('p')}?user=quorate&passwordFile=${file('password')}`);
      expect(await log.append(utf8('a'))).toEqual({ ok: true, index: 1 });

      await post('role/revoke', { role: 'log', ...range });
      expect(await log.append(utf8('never'))).toMatchObject({
        ok: false,
        reason: 'unavailable',
        detail: expect.stringContaining('permission denied'),
      });
      expect(log.unavailable?.detail).toContain('permission denied');
      await grant();
      expect(await log.append(utf8('b'))).toEqual({ ok: true, index: 2 });
      expect(log.unavailable).toBeNull();

      await post('user/changepw', { name: 'quorate', password: 'two' });
      expect(await log.append(utf8('never'))).toMatchObject({
        reason: 'unavailable',
        detail: expect.stringContaining('authentication failed'),
      });
      expect(log.unavailable?.detail).toContain('authentication failed');
      await writeFile(file('password'), 'two\n');
      expect(await log.append(utf8('c'))).toEqual({ ok: true, index: 3 });
      expect(await log.head()).toBe(3);
      await log.close();
    } finally {
      await cluster.stop();
    }
  });
});

const pairOf = ({ cert, key }: Issued): string => `cert=${cert}&key=${key}`;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
