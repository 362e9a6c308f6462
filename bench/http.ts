// @ts-nocheck
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

/** Rows over HTTP: wrk (96 connections, 2 threads) against a server process of ours, and against its peer. */

const connections = 96;
/** A group's next round comes so many answers of each connection later: none is still under way then. */
const roundsApart = 30;

/** A bare node:http server that parses a JSON body and sends it back: the floor that any JSON server stands on. */
export async function nodeHttp(seconds) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'echo-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstLine(child);
  try {
    await wrk(url, 'echo.lua', 1);
    return await measured(child, () => wrk(url, 'echo.lua', seconds));
  } finally {
    await stop(child);
  }
}

/** Durable propose-and-wait: every request is answered when its round has closed. */
export async function quorate(log, seconds) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-bench-'));
  try {
    return await quorateAt(log === 'memory' ? 'memory:' : `lmdb:${directory}`, seconds);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same over any log. */
export async function quorateAt(spec, seconds, sockets = connections) {
  const server = path.join(import.meta.dirname, 'quorate-server.js');
  const child = spawn(process.execPath, [server, spec], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await firstLine(child);
  try {
    const groups = Math.ceil((sockets / 2 / 3) * roundsApart);
    await makeGroups(url, 'warm', groups);
    await wrk(url, 'propose.lua', 1, 'warm', sockets, groups);
    await makeGroups(url, 'run', groups);
    const figures = await measured(child, () => wrk(url, 'propose.lua', seconds, 'run', sockets, groups));
    if (figures.errors > 0) process.stderr.write(`refused:\n${await refusals(url)}`);
    return figures;
  } finally {
    await stop(child);
  }
}

/** The figures of some work, and how much processor time (user and system) the server's process took for each request, where the system tells. */
async function measured(child, work) {
  const before = cpuUs(child.pid);
  const figures = await work();
  const after = cpuUs(child.pid);
  const cpu = before === null || after === null ? {} : { cpuUs: (after - before) / figures.requests };
  return { ...figures, ...cpu };
}

function cpuUs(pid) {
  if (process.platform !== 'linux') return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  // Linux counts in hundredths of a second.
  return (Number(utime) + Number(stime)) * 10_000;
}

async function makeGroups(url, run, count) {
  const body = JSON.stringify({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
  const names = [0, 1].flatMap((thread) =>
    Array.from({ length: count }, (_, group) => `bench-${run}-${thread}-${group}`),
  );
  while (names.length > 0)
    await Promise.all(names.splice(0, 20).map((name) => put(`${url}/v1/groups/${name}`, body)));
}

/** What the server says it refused, by code. */
async function refusals(url) {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => line.startsWith('quorate_problems_total'))
    .join('\n')
    .concat('\n');
}

function put(url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: 'PUT', headers: { 'content-type': 'application/json' } },
      (response) => {
        response
          .resume()
          .on('end', () =>
            response.statusCode < 300 ? resolve() : reject(new Error(`${url}: ${response.statusCode}`)),
          );
      },
    );
    request.on('error', reject).end(body);
  });
}

async function wrk(url, script, seconds, run = '0', sockets = connections, groups = 1) {
  const args = [
    '-t2',
    `-c${sockets}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '--latency',
    '-s',
    path.join('bench', script),
    url,
    '--',
    run,
    String(groups),
  ];
  const { binary, env } = wrkBinary();
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const json = out.split('\n').find((line) => line.startsWith('JSON '));
  if (json === undefined) throw new Error(`wrk said: ${out}`);
  const { requests, us, p50, p99, errors } = JSON.parse(json.slice(5));
  const perSecond = Math.round((requests * 1e6) / us);
  return { requests, perSecond, p50ms: p50 / 1000, p99ms: p99 / 1000, errors };
}

/** Where scripts/test-tools.js put it, with its libraries, or wherever the system has it. */
function wrkBinary() {
  const tools = path.resolve('.cache/tools/usr');
  const fetched = path.join(tools, 'bin/wrk');
  if (process.env.WRK_BIN || !existsSync(fetched))
    return { binary: process.env.WRK_BIN || 'wrk', env: process.env };
  const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  return { binary: fetched, env: { ...process.env, LD_LIBRARY_PATH: path.join(tools, 'lib', triplet) } };
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    child.once('exit', (code) => reject(new Error(`a server ended with ${code} before it listened`)));
  });
}

function stop(child) {
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}
