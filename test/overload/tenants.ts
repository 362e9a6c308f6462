import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProblemJson, RoundJson } from '../../src/core/view/json-types.ts';
import { faultsOf } from '../fuzz/check.ts';
import { type FromTenants, now, optionsOfProcess, type Sample, type TenantsOptions } from './messages.ts';
import { inTurn } from './wire.ts';

/**
 * Tenants that behave: each from an address of its own, at a steady pace, three agents who agree in one round after the other.
 * Times count from the moment a request was due, so that a server that stalls cannot hide it. Each outcome is checked when it
 * comes, and all of them once more at the end.
 */

interface Group {
  readonly name: string;
  readonly from: string;
  readonly agent: http.Agent;
  round: number;
  /** Settles when the rounds begun so far have closed. */
  busy: Promise<void>;
  /** What was agreed, from round 1. */
  readonly values: string[];
}

interface Tenant {
  readonly from: string;
  readonly number: number;
  readonly groups: readonly Group[];
  /** Rounds closed. */
  count: number;
}

/** A status of 0 is no answer. */
interface Reply {
  readonly status: number;
  readonly text: string;
}

const { port, tenants, perSecond } = optionsOfProcess<TenantsOptions>();
const groupsEach = 5;
/** Attempts at one proposal before the round counts as stuck. */
const attempts = 20;
let samples: Sample[] = [];
let over = false;
const watched = Array.from({ length: 5 }, (_, i) => `watched-${i}`);
const faults: string[] = [];
const fault = (text: string): void => {
  if (faults.length < 20) faults.push(text);
};

const workers = Array.from({ length: tenants }, (_, i) => tenant(`127.0.1.${i + 1}`, i));
for (const { groups } of workers) for (const group of groups) await create(group, 3);
const first = { from: '127.0.5.1' };
await create({ name: 'flooded', ...first }, 100_000);
// Those who do not read ask for much: large values, many rounds a second.
for (const name of [...watched, 'fat']) await create({ name, ...first }, 1);
tell({ is: 'ready', groups: watched });
const reporting = setInterval(tellSamples, 100);
process.on('disconnect', () => process.exit(0));
process.once('message', () => {
  over = true;
});
await Promise.all([
  ...workers.map(work),
  ...watched.map((name) => change(name, 500, 20)),
  change('fat', 50, 3500),
]);
for (const { groups } of workers) for (const group of groups) await checkRounds(group);
clearInterval(reporting);
tellSamples();
tell({ is: 'ended', faults, rounds: workers.reduce((sum, { count }) => sum + count, 0) }, () =>
  process.exit(0),
);

function tenant(from: string, number: number): Tenant {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 30 });
  const groups = Array.from({ length: groupsEach }, (_, i) => ({
    name: `t${number}-${i}`,
    from,
    agent,
    round: 1,
    busy: Promise.resolve(),
    values: [],
  }));
  return { from, number, groups, count: 0 };
}

async function create({ name, from }: Pick<Group, 'name' | 'from'>, size: number): Promise<void> {
  const body = { rule: { electorate: { size }, threshold: Math.min(size, 2), next: 'continuous' } };
  const { status, text } = await ask('PUT', `/v1/groups/${name}`, body, { from });
  if (status !== 201) throw new Error(`no group ${name}: ${status} ${text}`);
}

async function work(worker: Tenant): Promise<void> {
  const began = now();
  for (let i = 0; !over; i += 1) {
    const due = began + (i * 1000) / perSecond + worker.number;
    if (due > now()) await sleep(due - now());
    const group = inTurn(worker.groups, i);
    // One round after the other within a group; a round that is late because the last one was, is late.
    group.busy = group.busy
      .then(() => agree(group, due))
      .then(() => {
        worker.count += 1;
      });
    if (i % perSecond === 0) void timed(due, () => ask('GET', '/healthz', undefined, { from: worker.from }));
  }
  await Promise.all(worker.groups.map(({ busy }) => busy));
}

async function agree(group: Group, due: number): Promise<void> {
  const { round } = group;
  const value = `${group.name}-${round}`;
  const outcomes = await Promise.all(
    ['a', 'b', 'c'].map((agent) => propose(group, round, agent, value, due)),
  );
  for (const outcome of outcomes)
    if (
      outcome !== null &&
      (outcome.state !== 'SUCCESS' || outcome.value !== value || outcome.round !== round)
    )
      fault(`round ${round} of ${group.name} came to ${JSON.stringify(outcome).slice(0, 300)}`);
  group.values.push(value);
  group.round += 1;
}

/** Resolves with the round once it is closed, or with null when that could not be had. */
async function propose(
  group: Group,
  round: number,
  agent: string,
  value: string,
  due: number,
): Promise<RoundJson | null> {
  const path = `/v1/groups/${group.name}/rounds/${round}/proposals/${agent}?wait=10s`;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = await timed(attempt === 0 ? due : now(), () => ask('PUT', path, { value }, group));
    if (answer.status === 200 || answer.status === 201) {
      const outcome: RoundJson = JSON.parse(answer.text);
      if (outcome.state !== 'WAITING') return outcome;
    } else if (answer.status === 409) {
      // After an answer that got lost.
      const problem: ProblemJson = JSON.parse(answer.text);
      return problem.round ?? null;
    } else await sleep(200);
  }
  fault(`round ${round} of ${group.name} never ended for ${agent}`);
  return null;
}

/** Closes one round after the other in a group that only streams read. */
async function change(name: string, everyMs: number, length: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  for (let round = 1; !over; round += 1) {
    const value = `${round}-`.padEnd(length, 'v');
    const path = `/v1/groups/${name}/rounds/${round}/proposals/a`;
    await ask('PUT', path, { value }, { from: '127.0.5.1', agent });
    await sleep(everyMs);
  }
  agent.destroy();
}

/** Looks whether closed rounds are still what they were. Of many rounds the server keeps only the last ones. */
async function checkRounds(group: Group): Promise<void> {
  const { text } = await ask('GET', `/v1/groups/${group.name}/rounds?limit=1000`, undefined, group);
  const { rounds }: { rounds: readonly RoundJson[] } = JSON.parse(text);
  const closed = new Map(rounds.map((one) => [one.round, one]));
  group.values.forEach((value, i) => {
    const found = closed.get(i + 1);
    if (found === undefined && group.values.length - i > 900) return;
    if (found?.state !== 'SUCCESS' || found.value !== value)
      fault(`round ${i + 1} of ${group.name} is now ${found?.state} ${found?.value}`);
  });
}

async function timed(due: number, request: () => Promise<Reply>): Promise<Reply> {
  const answer = await request();
  samples.push({ due, ms: now() - due, status: answer.status });
  return answer;
}

function ask(
  method: string,
  path: string,
  body: unknown,
  { from, agent = false }: { readonly from: string; readonly agent?: http.Agent | false },
): Promise<Reply> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    sent === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      agent,
      localAddress: from,
      timeout: 20_000,
    };
    const request = http.request(options, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      reply.on('error', () => resolve({ status: 0, text: '' }));
      reply.on('end', () => {
        const { statusCode: status = 0, headers: got } = reply;
        for (const one of faultsOf({ method, status, headers: got, body: text }))
          fault(`${method} ${path}: ${one}`);
        resolve({ status, text });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0, text: '' }));
    request.end(sent);
  });
}

function tellSamples(): void {
  tell({ is: 'samples', samples });
  samples = [];
}

function tell(message: FromTenants, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}
