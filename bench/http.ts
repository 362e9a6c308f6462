import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Figure } from './figure.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { type Measured, wrk } from './wrk.ts';

/** Rows over HTTP: wrk (96 connections, 2 threads) against a server process of ours, and against its peer. */

const usualConnections = 96;
/** A group's next round comes so many answers of each connection later: none is still under way then. */
const roundsApart = 30;

/** A bare node:http server that parses a JSON body and sends it back: the floor that any JSON server stands on. */
export async function nodeHttp(seconds: number): Promise<Figure> {
  const server = await startServer('echo-server.js');
  const load = { script: 'echo.lua', connections: usualConnections };
  try {
    await wrk(server.url, { ...load, seconds: 1 });
    return await withCpu(server, () => wrk(server.url, { ...load, seconds }));
  } finally {
    await server.stop();
  }
}

/** Durable propose-and-wait: every request is answered when its round has closed. */
export async function quorate(log: 'memory' | 'file', seconds: number): Promise<Figure> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-bench-'));
  try {
    return await quorateAt(log === 'memory' ? 'memory:' : `file:${directory}`, seconds);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same over any log. */
export async function quorateAt(
  log: string,
  seconds: number,
  connections = usualConnections,
): Promise<Figure> {
  const server = await startServer('quorate-server.js', [log]);
  const { url } = server;
  try {
    const groups = Math.ceil((connections / 2 / 3) * roundsApart);
    const load = { script: 'propose.lua', connections, groups };
    await makeGroups(url, 'warm', groups);
    await wrk(url, { ...load, seconds: 1, run: 'warm' });
    await makeGroups(url, 'run', groups);
    const figure = await withCpu(server, () => wrk(url, { ...load, seconds, run: 'run' }));
    if (figure.errors > 0) process.stderr.write(`refused:\n${await refusals(url)}`);
    return figure;
  } finally {
    await server.stop();
  }
}

/** What `measure` measured, with the processor time of the server's process where the system tells it. */
async function withCpu({ pid }: ServerProcess, measure: () => Promise<Measured>): Promise<Figure> {
  const before = cpuUs(pid);
  const { requests, ...figure } = await measure();
  const after = cpuUs(pid);
  return before === null || after === null ? figure : { ...figure, cpuUs: (after - before) / requests };
}

/** User and system time of a process, microseconds; null where the system does not tell. */
function cpuUs(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  // Linux counts in hundredths of a second.
  return (Number(utime) + Number(stime)) * 10_000;
}

async function makeGroups(url: string, run: string, count: number): Promise<void> {
  const body = JSON.stringify({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
  const names = [0, 1].flatMap((thread) =>
    Array.from({ length: count }, (_, group) => `bench-${run}-${thread}-${group}`),
  );
  while (names.length > 0)
    await Promise.all(names.splice(0, 20).map((name) => put(`${url}/v1/groups/${name}`, body)));
}

/** What the server says it refused, by code. */
async function refusals(url: string): Promise<string> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => line.startsWith('quorate_problems_total'))
    .join('\n')
    .concat('\n');
}

function put(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(url, { method: 'PUT', headers }, (response) => {
      const { statusCode = 0 } = response;
      response
        .resume()
        .on('end', () => (statusCode < 300 ? resolve() : reject(new Error(`${url}: ${statusCode}`))));
    });
    request.on('error', reject).end(body);
  });
}
