// @ts-nocheck
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quorateAt } from './http.ts';

/**
 * Rows over one etcd member: Quorate with its log there, and its peer, the same agreement written straight on etcd: each
 * agent puts its vote and watches its group until all votes of the round are in. Both with 384 connections, groups of 3.
 */
const connections = 384;

/** Votes per second of durable propose-and-wait through one Quorate server. */
export function quorateOverEtcd(seconds) {
  return withEtcd((endpoint) => quorateAt(`etcd://${endpoint}/bench`, seconds, connections));
}

/** Votes per second of the protocol on etcd itself. The client is a process of its own, with a channel per agent. */
export function straightOnEtcd(seconds) {
  return withEtcd(async (endpoint) => {
    const child = spawn(process.execPath, [import.meta.filename, endpoint, String(seconds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`the agents on etcd ended with ${code}`);
    return JSON.parse(out);
  });
}

async function withEtcd(work) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'quorate-bench-etcd-'));
  const [client, peer] = await freePorts(2);
  const at = `http://127.0.0.1:${client}`;
  const args = [
    '--name',
    'bench',
    '--data-dir',
    folder,
    '--log-level',
    'error',
    '--quota-backend-bytes',
    '8589934592',
  ];
  const urls = ['--listen-client-urls', at, '--advertise-client-urls', at];
  const peers = [
    '--listen-peer-urls',
    `http://127.0.0.1:${peer}`,
    '--initial-advertise-peer-urls',
    `http://127.0.0.1:${peer}`,
  ];
  const cluster = ['--initial-cluster', `bench=http://127.0.0.1:${peer}`];
  const child = spawn(etcdBinary(), [...args, ...urls, ...peers, ...cluster], { stdio: 'ignore' });
  const failed = new Promise((_, reject) => {
    child.on('error', reject);
  });
  failed.catch(() => {});
  try {
    await Promise.race([healthy(at), failed]);
    return await Promise.race([work(`127.0.0.1:${client}`), failed]);
  } finally {
    const gone = new Promise((resolve) => child.once('close', resolve));
    if (child.kill('SIGKILL')) await gone;
    await rm(folder, { recursive: true, force: true });
  }
}

async function healthy(url) {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      if ((await (await fetch(`${url}/health`)).text()).includes('"health":"true"')) return;
    } catch {
      // Not up yet.
    }
    await sleep(50);
  }
  throw new Error('etcd did not become healthy');
}

/** Where scripts/test-tools.js put it, or wherever the system has it. */
function etcdBinary() {
  const fetched = path.resolve('.cache/tools/usr/bin/etcd');
  return process.env.ETCD_BIN ?? (existsSync(fetched) ? fetched : 'etcd');
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** 384 agents in groups of three on the etcd at `endpoint`, for so many seconds; prints the figures. */
async function agentsOnEtcd(endpoint, seconds) {
  const { EtcdClient } = await import('../src/log/etcd/client.ts');
  const { methods } = await import('../src/log/etcd/messages.ts');
  const { parseEtcdUrl } = await import('../src/log/etcd/options.ts');
  const options = { ...parseEtcdUrl(`etcd://${endpoint}/direct`), timeout: 20_000 };
  const bytes = (text) => new TextEncoder().encode(text);
  let counting = false;
  let over = false;
  let votes = 0;
  const waits = [];

  async function agent(number) {
    const client = new EtcdClient(options);
    const prefix = `direct/${Math.floor(number / 3)}/`;
    const seen = new Map();
    let wake = () => {};
    const { stream } = await client.stream(methods.watch);
    stream.on('error', () => {});
    stream.on('data', ({ events }) => {
      for (const { kv } of events) {
        const round = Number(new TextDecoder().decode(kv.key).split('/')[2]);
        seen.set(round, (seen.get(round) ?? 0) + 1);
      }
      wake();
    });
    const created = new Promise((resolve) => stream.once('data', resolve));
    stream.write({
      create: {
        key: bytes(prefix),
        rangeEnd: bytes(`${prefix.slice(0, -1)}0`),
        startRevision: 0,
        filters: [],
        fragment: false,
      },
    });
    await created;
    for (let round = 1; !over; round += 1) {
      const asked = performance.now();
      await client.call(methods.put, { key: bytes(`${prefix}${round}/${number % 3}`), value: bytes('7') });
      while ((seen.get(round) ?? 0) < 3 && !over)
        await new Promise((resolve) => {
          wake = resolve;
        });
      seen.delete(round);
      if (counting && !over) {
        votes += 1;
        waits.push(performance.now() - asked);
      }
    }
  }

  for (let number = 0; number < connections; number += 1) agent(number).catch((error) => fail(error));
  await sleep(2000);
  counting = true;
  const started = performance.now();
  await sleep(seconds * 1000);
  over = true;
  const took = (performance.now() - started) / 1000;
  waits.sort((a, b) => a - b);
  const at = (part) => Number((waits[Math.floor(waits.length * part)] ?? 0).toFixed(2));
  process.stdout.write(
    JSON.stringify({ perSecond: Math.round(votes / took), p50ms: at(0.5), p99ms: at(0.99), errors: 0 }),
  );
  process.exit(0);

  function fail(error) {
    if (over) return;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

if (process.argv[1] === import.meta.filename) await agentsOnEtcd(process.argv[2], Number(process.argv[3]));
