import { parseArgs } from 'node:util';
import type { Response } from '../harness/in-memory.ts';
import { faultsOf } from './check.ts';
import { Chance } from './random.ts';
import { fuzzRaw } from './raw.ts';
import { makeRequest } from './requests.ts';
import { isUnchanged, makeWorld, type World, type WorldReply, type WorldRequest } from './world.ts';

/**
 * npm run fuzz -- [--requests 50000] [--raw 1000] [--seed 1] [--world N] [--json]
 *
 * Requests go through the app in process, a thousand to a world of its own; raw cases go over sockets to a server that
 * listens. Each answer must be one the documentation knows, and a refused request must leave the state as it was.
 * The last line is JSON; the exit code is 1 when something was found.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    raw: { type: 'string' },
    seed: { type: 'string', default: '1' },
    world: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const perWorld = 1000;
const seed = Number(values.seed);
const requests = Number(values.requests);
const rawCases = Number(values.raw ?? Math.ceil(requests / 40));
if (![seed, requests, rawCases].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  process.stderr.write('--requests, --raw and --seed are whole numbers\n');
  process.exit(2);
}

interface Finding {
  readonly fault: string;
  /** The command that meets it again. */
  readonly rerun: string;
  readonly story: string;
}

const byStatus: Record<string, number> = {};
const findings: Finding[] = [];
let crashes = 0;
let undocumented5xx = 0;
let rejects = 0;
let stateChanges = 0;
/** What must have happened now and then, or nothing was shown of it. */
const happened = {
  said: 0,
  messagesLetGo: 0,
  cursorsMoved: 0,
  claimed: 0,
  claimRenewed: 0,
  spent: 0,
  claimGivenBack: 0,
  claimLapsed: 0,
  roundsLetGo: 0,
  idleGroupGone: 0,
  idleGroupMadeAgain: 0,
};
/** What an answer to a request about a claim counts as. */
const claimCounts: Readonly<Record<string, keyof typeof happened>> = {
  '201 PUT': 'claimed',
  '200 POST/renew': 'claimRenewed',
  '200 POST/done': 'spent',
  '200 DELETE': 'claimGivenBack',
};
let sent = 0;
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) => {
    crashes += 1;
    found(`${event}: ${stackOf(error)}`, null, 'in the server');
  });

process.stderr.write(`fuzz: seed ${seed}\n`);
const started = performance.now();
const only = values.world === undefined ? null : Number(values.world);
for (let number = 0; number * perWorld < requests && findings.length < 20; number += 1) {
  if (only === null || only === number)
    await fuzzWorld(number, Math.min(perWorld, requests - number * perWorld));
}
const raw =
  only === null
    ? await fuzzRaw(rawCases, seed, (fault, text) => found(fault, null, text))
    : { cases: 0, byStatus: {} };
for (const [status, count] of Object.entries(raw.byStatus))
  byStatus[status] = (byStatus[status] ?? 0) + count;

const seconds = Math.round((performance.now() - started) / 100) / 10;
for (const { fault, rerun, story } of findings)
  process.stderr.write(`\nFOUND: ${fault}\n${story}\nrerun: ${rerun}\n`);
if (!values.json) {
  process.stdout.write(
    `${sent} requests and ${raw.cases} raw cases in ${seconds} s: ${findings.length} findings\n`,
  );
  for (const [status, count] of Object.entries(byStatus)) process.stdout.write(`  ${status}: ${count}\n`);
}
const result = {
  seed,
  requests: sent,
  raw: raw.cases,
  rejects,
  crashes,
  undocumented5xx,
  stateChangedByRejects: stateChanges,
  findings: findings.length,
  happened,
  byStatus,
  seconds,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(findings.length === 0 ? 0 : 1);

async function fuzzWorld(number: number, count: number): Promise<void> {
  const chance = new Chance(seed * 65_537 + number);
  const world = await makeWorld(number % 2 === 0 ? null : 'administrators-token');
  let before = world.dump();
  for (let i = 0; i < count; i += 1) {
    const request = makeRequest(chance, world);
    const brief = world.group('brief')?.closed.has(1) === true;
    const fleeting = world.group('fleeting') !== undefined;
    const oldest = world.group('open')?.stream.oldest ?? 1;
    const held = claimsHeld(world);
    const answer = await answerTo(world, request, number);
    const after = world.dump();
    const unchanged = isUnchanged(before, after, request, world.tokens);
    if (brief && world.group('brief')?.closed.has(1) === false) happened.roundsLetGo += 1;
    if ((world.group('open')?.stream.oldest ?? 1) > oldest) happened.messagesLetGo += 1;
    const done = `${answer?.reply.status} ${request.method} ${request.url.split(/[/?]/)[4]} ${request.url.split(/[/?]/)[6]}`;
    if (done.startsWith('201 POST messages')) happened.said += 1;
    if (done.startsWith('200 PUT agents cursor')) happened.cursorsMoved += 1;
    const claiming = /\/claim(\/renew|\/done)?$/.exec(request.url.split('?')[0] ?? '');
    const claim = claiming && claimCounts[`${answer?.reply.status} ${request.method}${claiming[1] ?? ''}`];
    if (claim) happened[claim] += 1;
    if (claimsHeld(world) < held && request.method === 'GET') happened.claimLapsed += 1;
    const isThere = world.group('fleeting') !== undefined;
    if (fleeting && !isThere && request.method !== 'DELETE') happened.idleGroupGone += 1;
    if (!fleeting && isThere) happened.idleGroupMadeAgain += 1;
    if (answer !== null) judge(request, answer, unchanged, number);
    before = after;
  }
  for (const error of world.reported) found(`reported: ${error.stack}`, number, '');
  if (world.waiting() > 0) found(`${world.waiting()} waiters are left over`, number, '');
  await world.end();
}

function claimsHeld(world: World): number {
  return world.groups.reduce((sum, name) => sum + (world.group(name)?.claims.held ?? 0), 0);
}

/** Null when there was no answer. */
async function answerTo(world: World, request: WorldRequest, number: number): Promise<WorldReply | null> {
  try {
    const answer = await world.ask(request);
    sent += 1;
    return answer;
  } catch (error) {
    // What the tool itself cannot send says nothing about the server.
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_URL') return null;
    crashes += 1;
    found(`no answer: ${stackOf(error)}`, number, storyOf(request, null));
    return null;
  }
}

function judge(
  request: WorldRequest,
  { reply, passed }: WorldReply,
  unchanged: boolean,
  number: number,
): void {
  const { status, headers, text: body } = reply;
  byStatus[status] = (byStatus[status] ?? 0) + 1;
  const faults = faultsOf({ method: request.method, status, headers, body });
  if (status >= 500 && faults.length > 0) undocumented5xx += 1;
  if (status >= 400) rejects += 1;
  // When time passed meanwhile, timers may have changed what the request did not.
  if (status >= 400 && !passed && !unchanged) {
    stateChanges += 1;
    faults.push('a refused request changed the state');
  }
  for (const fault of faults) found(fault, number, storyOf(request, reply));
}

/** Notes a fault, with the number of the world it was met in. */
function found(fault: string, number: number | null, story: string): void {
  const world = number === null ? '' : ` --world ${number}`;
  const rerun = `npm run fuzz -- --requests ${requests} --raw ${rawCases} --seed ${seed}${world}`;
  if (findings.length < 20) findings.push({ fault, rerun, story });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}

function storyOf({ method, url, headers, payload }: WorldRequest, reply: Response | null): string {
  const asked = `${method} ${url.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)}\n${String(payload ?? '').slice(0, 300)}`;
  return reply === null ? asked : `${asked}\n-> ${reply.status} ${reply.text.slice(0, 600)}`;
}
