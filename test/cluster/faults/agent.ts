import { createInterface } from 'node:readline';
import { connect, QuorateError, type RoundJson } from '../../../src/client/index.ts';
import { randomFrom } from '../../harness/random.ts';
import type { Operation, Orders } from './history.ts';
import { Talker } from './talk.ts';

/**
 * One agent, a process of its own. Each line of its input is either orders, upon which it takes part in round after
 * round and in the talk of all, or `stop`, or `drain` when nobody says anything any more. Each line of its output is one
 * operation as it saw it, or what it said or heard; `{"stopped":true}` when it has stopped, `{"drained":true}` when it has heard all.
 */
let stopping = new AbortController();
let running: Promise<unknown> = Promise.resolve();
let talker: Talker | null = null;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'stop') {
      // Whoever waits for agents that have stopped already would wait for ever.
      setTimeout(() => stopping.abort(new Error('stopped')), 300);
      void running.then(() => say({ stopped: true }));
      return;
    }
    if (line === 'drain') {
      void talker?.drained().then(() => say({ drained: true }));
      return;
    }
    stopping = new AbortController();
    const orders = JSON.parse(line) as Orders;
    talker = new Talker(orders, say);
    running = Promise.all([takePart(orders), talker.run(stopping.signal)]);
  })
  .on('close', () => process.exit(0));

async function takePart({ urls, group, agent, seed, lazy }: Orders): Promise<void> {
  const { signal } = stopping;
  const random = randomFrom(seed);
  const own = connect({ urls }).group(group);
  const others = urls.map((url) => connect({ url, retryFor: '2s' }).group(group));
  let reading = false;
  for (let round = 1; !signal.aborted; round += 1) {
    if (lazy && random() < 0.1) await rest(1200);
    const value = 1 + Math.floor(random() * 4);
    await record({ op: 'propose', group, agent, round, value }, () =>
      outcomeOf(own, agent, round, value, signal),
    );
    // A read must not hold up the round for which others wait.
    if (random() < 0.25 && !reading) {
      const reader = others[Math.floor(random() * others.length)] as typeof own;
      const which = 1 + Math.floor(random() * round);
      const asked = { op: 'read', group, agent, round: which, value: null } as const;
      reading = true;
      void record(asked, () => reader.round(which, { deadline: 3000, signal })).finally(() => {
        reading = false;
      });
    }
    await rest(20 + random() * 40);
  }
}

async function outcomeOf(
  group: ReturnType<ReturnType<typeof connect>['group']>,
  agent: string,
  round: number,
  value: number,
  signal: AbortSignal,
) {
  let counted = true;
  let shape: RoundJson;
  try {
    shape = await group.propose({ agent, round, value, wait: '30s', signal });
  } catch (error) {
    if (!(error instanceof QuorateError) || error.code !== 'round-closed') throw error;
    counted = false;
    shape = error.round ?? (await group.round(round, { signal }));
  }
  while (shape.state === 'WAITING')
    shape = await group.round(round, { after: shape.revision, wait: '30s', signal });
  return { ...shape, counted };
}

type Asked = Pick<Operation, 'op' | 'group' | 'agent' | 'round' | 'value'>;

async function record(asked: Asked, work: () => Promise<RoundJson & { counted?: boolean }>): Promise<void> {
  const invokedAt = now();
  let response: Operation['response'];
  try {
    const { state, value, index, counted = false } = await work();
    response = { state, value, index, counted };
  } catch (error) {
    const { code = stopping.signal.aborted ? 'stopped' : 'crash', outcome = 'unknown' } =
      error as Partial<QuorateError>;
    response = { error: code, outcome };
  }
  say({ ...asked, process: process.pid, invokedAt, completedAt: now(), response } satisfies Operation);
}

/** ns of the machine's monotonic clock, the same for every process. */
function now(): number {
  return Number(process.hrtime.bigint());
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
