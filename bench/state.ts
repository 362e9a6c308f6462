// @ts-nocheck
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { apply } from '../src/core/apply.ts';
import { decodeEntry, encodeCommand, encodeEntry } from '../src/core/entry.ts';
import { emptyState } from '../src/core/group/state.ts';
import { parseSettings } from '../src/core/rule/settings.ts';
import { openLmdbLog } from '../src/log/lmdb/engine.ts';
import { realSurroundings } from '../src/replica/clock.ts';
import { Replica } from '../src/replica/replica.ts';

/**
 * node bench/state.js [--groups 200000] [--proposals 1000000] [--only idle,replay,groups,large]
 *
 * What the state costs: memory of an idle group, replay, checkpoints while commands go on, restart. Each step
 * runs in a process of its own, on an LMDB log in a temporary directory. The last line is JSON; for a million groups with
 * three proposals each: --groups 1000000.
 */
const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '200000' },
    proposals: { type: 'string', default: '1000000' },
    only: { type: 'string', default: 'idle,replay,groups,large' },
    step: { type: 'string' },
    dir: { type: 'string' },
  },
});
const groups = Number(values.groups);
const proposals = Number(values.proposals);
const never = { checkpointEntries: Infinity, checkpointBytes: Infinity };
const commandsPerEntry = 1000;

const steps = { idle, fillReplay, replay, fillGroups, change, checkpoint, restart, fillLarge };
if (values.step !== undefined) process.send(await steps[values.step](values.dir));
else await main();

async function main() {
  const rows = {
    idle: [['idle', 'idle']],
    replay: [
      ['fill', 'fillReplay'],
      ['replay', 'replay'],
    ],
    groups: [
      ['fill', 'fillGroups'],
      ['checkpoint', 'checkpoint'],
      ['restart', 'restart'],
      ['change', 'change'],
      ['second checkpoint', 'checkpoint'],
      ['second restart', 'restart'],
    ],
    large: [
      ['fill', 'fillLarge'],
      ['checkpoint', 'checkpoint'],
      ['restart', 'restart'],
    ],
  };
  const result = {};
  for (const name of values.only.split(',')) {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
    try {
      result[name] = {};
      for (const [label, step] of rows[name]) {
        result[name][label] = await inChild(step, dir);
        process.stderr.write(`${name} ${label}: ${JSON.stringify(result[name][label])}\n`);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version };
  process.stdout.write(
    `${JSON.stringify({ date: new Date().toISOString(), machine, groups, proposals, rows: result })}\n`,
  );
}

function inChild(step, dir) {
  return new Promise((resolve, reject) => {
    const args = ['--step', step, '--dir', dir, '--groups', values.groups, '--proposals', values.proposals];
    const execArgv = ['--expose-gc', '--max-old-space-size=12000'];
    const child = fork(import.meta.filename, args, { execArgv });
    let answer: unknown;
    child.on('message', (message) => {
      answer = message;
    });
    child.on('exit', (code) =>
      answer === undefined ? reject(new Error(`${step} ended with ${code}`)) : resolve(answer),
    );
  });
}

/** Memory of a group, its settings sent by its own client: with its first round open and empty; three proposals later. */
async function idle() {
  const state = emptyState();
  const before = memory();
  applyAll(state, groups, (i) => put(`group-${i}`));
  const bytesPerGroup = Math.round((memory() - before) / groups);
  applyAll(state, 3 * groups, vote);
  return { groups, bytesPerGroup, withClosedRound: Math.round((memory() - before) / groups) };
}

async function fillReplay(dir) {
  const log = await openLmdbLog(dir);
  const many = 1000;
  await fill(log, many, (i) => put(`group-${i}`));
  await fill(log, proposals, (i) => propose(`group-${i % many}`, (i % 7) % 3));
  return closed(log, dir);
}

/** From opening the log to having applied all of it. */
async function replay(dir) {
  const begun = performance.now();
  const log = await openLmdbLog(dir);
  const replica = await started(log);
  const ms = since(begun);
  const cpuMs = cpu();
  await replica.stop();
  return { proposals, entries: replica.state.index, ms, cpuMs };
}

async function fillGroups(dir) {
  const log = await openLmdbLog(dir);
  await fill(log, groups, (i) => put(`group-${i}`));
  await fill(log, 3 * groups, vote);
  return closed(log, dir);
}

/** One more proposal in every group, so that the next checkpoint replaces the record of each. */
async function change(dir) {
  const log = await openLmdbLog(dir);
  await fill(log, groups, (i) => propose(`group-${i}`, 1));
  return closed(log, dir);
}

/** One group of 100,000 members who have all proposed in the round before, and nearly all in the open one. */
async function fillLarge(dir) {
  const log = await openLmdbLog(dir);
  const many = 100_000;
  const rule = { electorate: { size: many }, threshold: 2, next: 'continuous' };
  await fill(log, 1, () => put('large', { rule }));
  await fill(log, many, (i) => join('large', `agent-${i}`));
  await fill(log, 2 * many - 1, (i) => propose('large', i % 10, `agent-${i % many}`));
  return closed(log, dir);
}

/** A checkpoint, which writes every group, while one client proposes all the time; and before, without it. */
async function checkpoint(dir) {
  const log = await openLmdbLog(dir);
  const write = log.checkpoint.bind(log);
  let replica: unknown;
  const measured = new Promise((resolve) => {
    log.checkpoint = async (what) => {
      const memoryMb = Math.round(memory() / 2 ** 20);
      const quiet = await underLoad(replica, () => new Promise((after) => setTimeout(after, 3000)));
      const busy = await underLoad(replica, () => write(what));
      resolve({ groups: replica.state.groups.size, memoryMb, quiet, busy });
    };
  });
  replica = replicaOf(log, { checkpointEntries: 1 });
  await replica.start();
  const result = await measured;
  await replica.stop();
  return { ...result, mb: megabytes(dir) };
}

/** Restore and replay; the hash of nothing is asked for. */
async function restart(dir) {
  const begun = performance.now();
  const log = await openLmdbLog(dir);
  const replica = await started(log);
  const ms = since(begun);
  const cpuMs = cpu();
  const memoryMb = Math.round(memory() / 2 ** 20);
  await replica.stop();
  return { groups: replica.state.groups.size, ms, cpuMs, memoryMb };
}

/** How the event loop and one client that proposes without pause fare while something else goes on. */
async function underLoad(replica, something) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times = [];
  let on = true;
  const load = (async () => {
    while (on) {
      const begun = performance.now();
      await replica.submit(propose(`group-${Math.floor(Math.random() * groups)}`, 1), () => undefined);
      times.push(performance.now() - begun);
    }
  })();
  delay.enable();
  // Its first sample is the time since the one before.
  await new Promise((after) => setTimeout(after, 20));
  const begun = performance.now();
  await something();
  delay.disable();
  const ms = since(begun);
  on = false;
  await load;
  times.sort((a, b) => a - b);
  return {
    ms,
    longestStallMs: round(delay.max / 1e6),
    p99StallMs: round(delay.percentile(99) / 1e6),
    proposals: times.length,
    p50Ms: round(times[Math.floor(times.length / 2)]),
    p99Ms: round(times[Math.floor(times.length * 0.99)]),
    slowestMs: round(times.at(-1)),
  };
}

function replicaOf(log, limits) {
  return new Replica({
    log,
    surroundings: realSurroundings(),
    writer: `bench-${process.pid}-${Math.random()}`,
    limits,
  });
}

async function started(log) {
  const replica = replicaOf(log, never);
  await replica.start();
  return replica;
}

/** Each command as it would come from the log. */
function applyAll(state, count, command) {
  for (let from = 0; from < count; from += commandsPerEntry) {
    const texts = [];
    for (let i = from; i < Math.min(count, from + commandsPerEntry); i += 1)
      texts.push(encodeCommand(command(i)));
    apply(state, decodeEntry(encodeEntry(headerOf(from), texts)), state.index + 1);
  }
}

function headerOf(seed) {
  return {
    version: 1,
    writer: 'fill',
    serial: 0,
    server: 'fill',
    time: Date.now(),
    reckoned: 0,
    alone: true,
    seed,
  };
}

async function fill(log, count, command) {
  for (let from = 0; from < count; from += commandsPerEntry) {
    const texts = [];
    for (let i = from; i < Math.min(count, from + commandsPerEntry); i += 1)
      texts.push(encodeCommand(command(i)));
    const appended = await log.append(encodeEntry(headerOf(from), texts));
    if (!appended.ok) throw new Error(appended.detail);
  }
}

function put(group, body = { rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } }) {
  const { settings } = parseSettings(body);
  return { type: 'put-group', group, settings, ifRevision: null, joinKeyHash: null, observerKeyHash: null };
}

function propose(group, value, agent = null) {
  const tokenHash = agent === null ? null : agent;
  return {
    type: 'propose',
    group,
    round: null,
    agent,
    value: String(value),
    seq: null,
    tokenHash,
    key: null,
  };
}

/** Each group's first round closes with the third of these. */
function vote(i) {
  return propose(`group-${Math.floor(i / 3)}`, i % 3 === 2 ? 1 : 7);
}

function join(group, agent) {
  return { type: 'join', group, agent, role: 'voter', ttl: 86_400_000, tokenHash: agent, joinKeyHash: null };
}

async function closed(log, dir) {
  const entries = await log.head();
  await log.close();
  return { entries, mb: megabytes(dir) };
}

/** Bytes in use, inside the heap and outside of it. */
function memory() {
  for (let i = 0; i < 3; i += 1) global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Processor time of this process so far, collector threads included: steadier than the clock on a busy machine. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}

function megabytes(dir) {
  return Math.round(statSync(path.join(dir, 'data.mdb')).size / 2 ** 20);
}

function since(begun) {
  return Math.round(performance.now() - begun);
}

function round(ms) {
  return Number(ms.toFixed(1));
}
