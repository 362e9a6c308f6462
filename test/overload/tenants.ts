// @ts-nocheck
import http from 'node:http';
import { faultsOf } from '../fuzz/check.ts';
import { now, sleep } from './wire.ts';

/**
 * Tenants that behave: each from an address of its own, at a steady pace, three agents who agree in one round after the other.
 * Times count from the moment a request was due, so that a server that stalls cannot hide it. What they are told is checked at once, and
 * once more from the history when they are done.
 */

const { port, tenants, perSecond } = JSON.parse(process.argv[2]);
const groupsEach = 5;
/** Attempts at one proposal before the round counts as stuck. */
const attempts = 20;
let samples = [];
let over = false;
const watched = Array.from({ length: 5 }, (_, i) => `watched-${i}`);
const faults = [];
const fault = (text) => faults.length < 20 && faults.push(text);

const workers = Array.from({ length: tenants }, (_, i) => tenant(`127.0.1.${i + 1}`, i));
for (const { groups } of workers) for (const group of groups) await create(group, 3);
const first = { from: '127.0.5.1' };
await create({ name: 'flooded', ...first }, 100_000);
// Those who do not read ask for much: large values, many rounds a second.
for (const name of [...watched, 'fat']) await create({ name, ...first }, 1);
process.send({ ready: watched });
const reporting = setInterval(tell, 100);
process.on('disconnect', () => process.exit(0));
process.once('message', () => {
  over = true;
});
await Promise.all([
  ...workers.map(work),
  ...watched.map((name) => change(name, 500, 20)),
  change('fat', 50, 3500),
]);
for (const { groups } of workers) for (const group of groups) await checkHistory(group);
clearInterval(reporting);
tell();
process.send({ done: true, faults, rounds: workers.reduce((sum, { count }) => sum + count, 0) }, () =>
  process.exit(0),
);

function tenant(from, number) {
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

async function create({ name, from }, size) {
  const body = { rule: { electorate: { size }, threshold: Math.min(size, 2), next: 'continuous' } };
  const { status, text } = await ask('PUT', `/v1/groups/${name}`, body, { from });
  if (status !== 201) throw new Error(`no group ${name}: ${status} ${text}`);
}

async function work(worker) {
  const began = now();
  for (let i = 0; !over; i += 1) {
    const due = began + (i * 1000) / perSecond + worker.number;
    if (due > now()) await sleep(due - now());
    const group = worker.groups[i % groupsEach];
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

async function agree(group, due) {
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

/** Until the round is closed: its outcome, or null when that could not be had. */
async function propose(group, round, agent, value, due) {
  const path = `/v1/groups/${group.name}/rounds/${round}/proposals/${agent}?wait=10s`;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = await timed(attempt === 0 ? due : now(), () => ask('PUT', path, { value }, group));
    if (answer.status === 200 || answer.status === 201) {
      const outcome = JSON.parse(answer.text);
      if (outcome.state !== 'WAITING') return outcome;
    } else if (answer.status === 409) {
      // After an answer that got lost.
      return JSON.parse(answer.text).round ?? null;
    } else await sleep(200);
  }
  fault(`round ${round} of ${group.name} never ended for ${agent}`);
  return null;
}

/** One round after the other in a group that only streams read. */
async function change(name, everyMs, length) {
  const agent = new http.Agent({ keepAlive: true });
  for (let round = 1; !over; round += 1) {
    const value = `${round}-`.padEnd(length, 'v');
    const path = `/v1/groups/${name}/rounds/${round}/proposals/a`;
    await ask('PUT', path, { value }, { from: '127.0.5.1', agent });
    await sleep(everyMs);
  }
  agent.destroy();
}

async function checkHistory(group) {
  const { text } = await ask('GET', `/v1/groups/${group.name}/rounds?limit=1000`, undefined, group);
  const told = new Map(JSON.parse(text).rounds.map(({ round, state, value }) => [round, [state, value]]));
  group.values.forEach((value, i) => {
    const [state, found] = told.get(i + 1) ?? (group.values.length - i > 900 ? ['SUCCESS', value] : []);
    if (state !== 'SUCCESS' || found !== value)
      fault(`round ${i + 1} of ${group.name} is now ${state} ${found}`);
  });
}

async function timed(due, request) {
  const answer = await request();
  samples.push([due, now() - due, answer.status]);
  return answer;
}

/** A status of 0 is no answer. */
function ask(method, path, body, { from, agent = false }) {
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
      reply.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      reply.on('error', () => resolve({ status: 0, text: '' }));
      reply.on('end', () => {
        const { statusCode: status, headers: got } = reply;
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

function tell() {
  process.send({ samples });
  samples = [];
}
