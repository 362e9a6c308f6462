import { hasCode } from '../../src/client/errors.ts';
import { connect, type GroupSettings } from '../../src/client/index.ts';
import { checkHistory } from '../check/history.ts';
import { Agent } from './agent.ts';
import { Board } from './board.ts';
import { digest } from './digest.ts';
import type {
  DigestRecord,
  Evidence,
  Exchange,
  FollowRecord,
  OpRecord,
  SessionRecord,
  Violation,
  WatchRecord,
} from './evidence.ts';
import type { Mutant } from './mutant.ts';
import { fetchFor } from './network.ts';
import { Faults, type Plan } from './plan.ts';
import { type Setting, SimServer } from './server.ts';
import { Store } from './store.ts';
import { World } from './world.ts';

export interface HistoryRun {
  readonly violations: readonly Violation[];
  /** How often each thing happened that a run must have seen. */
  readonly counts: ReadonlyMap<string, number>;
  readonly ops: number;
  readonly exchanges: number;
  readonly entries: number;
  readonly events: number;
  readonly evidence: Evidence;
  readonly trace: readonly string[];
}

/** ms of virtual time after the faults in which every server must have caught up, and every answer be there. */
const settling = 3000;
const longest = 120_000;

/** Runs one history from its plan, and checks it. */
export async function runHistory(
  plan: Plan,
  mutant: Mutant | null = null,
  traced = false,
): Promise<HistoryRun> {
  const undo = mutant?.patch?.();
  try {
    return await runWith(plan, mutant, traced);
  } finally {
    undo?.();
  }
}

async function runWith(plan: Plan, mutant: Mutant | null, traced: boolean): Promise<HistoryRun> {
  const world = new World(traced);
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const digests: DigestRecord[] = [];
  const seen: Violation[] = [];
  const store = new Store(() => world.now);
  const faults = new Faults(plan.faults);
  const board = new Board();
  const setting: Setting = { world, store, board, plan, faults, mutant, digests, seen, count };
  const servers = plan.servers.map((_, i) => new SimServer(i, setting));
  const exchanges: Exchange[] = [];
  const ops: OpRecord[] = [];
  const watches: WatchRecord[] = [];
  const sessions: SessionRecord[] = [];
  const followed: FollowRecord[] = [];
  const intended = new Set<string>();

  for (const server of servers) server.start();
  for (const fault of plan.faults) schedule(fault, servers, setting);
  const urls = plan.servers.map((_, i) => `http://s${i}`);
  const fetchOf = (process: string): typeof fetch => {
    const plain = fetchFor(process, servers, setting, exchanges);
    return mutant?.fetch?.(plain, process) ?? plain;
  };
  let working = plan.agents.length;
  const make = (): Promise<void> => createGroups(plan, urls, fetchOf('admin'), world);
  // Whoever put the backup in sees to it that the groups are there.
  for (const fault of plan.faults)
    if (fault.kind === 'replace') world.after(fault.at + 50, () => void make());
  const begin = async (): Promise<void> => {
    await make();
    for (const agent of plan.agents) {
      const fetch = fetchOf(agent.id);
      const records = { ops, watches, sessions, followed, intended };
      void new Agent(agent, { setting, urls, fetch, ...records }).run().then(() => {
        working -= 1;
        if (working === 0) settle();
      });
    }
    if (working === 0) settle();
  };
  const settle = (): void =>
    void world.after(Math.max(plan.healAt - world.now, 0) + settling, () => world.end());
  world.after(5, () => void begin());
  await world.run(longest);
  await new Promise((resolve) => setImmediate(resolve));

  if (working > 0)
    seen.push({ invariant: 'I12', text: `${working} agents are not done after ${longest} ms` });
  for (const server of servers) finish(server, setting);
  for (const text of board.conflicts) seen.push({ invariant: 'I14', text });
  const logs = [...store.past, store].map(({ id, all, times }) => ({
    id,
    entries: all.map(({ bytes }) => bytes),
    times,
  }));
  const evidence: Evidence = {
    ...{ plan, logs, exchanges, ops, watches, sessions, followed, digests, intended, seen },
  };
  const checked = checkHistory(evidence, count, mutant);
  return {
    violations: [...seen, ...checked],
    counts,
    ops: ops.length,
    exchanges: exchanges.length,
    entries: logs.reduce((sum, { entries }) => sum + entries.length, 0),
    events: world.events,
    evidence,
    trace: world.trace ?? [],
  };
}

async function createGroups(
  plan: Plan,
  urls: readonly string[],
  fetch: typeof globalThis.fetch,
  world: World,
) {
  const clock = {
    now: () => world.now,
    sleep: (ms: number, signal?: AbortSignal) => world.sleep(ms, signal),
    after: (ms: number, call: () => void) => world.after(ms, call),
  };
  const client = connect({ urls, fetch, clock, random: () => 0.5, retryFor: 30_000 });
  for (const { name, settings } of plan.groups)
    for (let made = false; !made; )
      made = await client
        .group(name)
        .create(settings as GroupSettings)
        .then(() => true)
        .catch(async (error) => {
          if (hasCode(error, 'history-changed')) return false;
          if (!hasCode(error, 'version-not-active')) throw error;
          // The first server has yet to begin the newest version of the log.
          await world.sleep(50);
          return false;
        });
}

function schedule(
  fault: Plan['faults'][number],
  servers: readonly SimServer[],
  { world, store, board, count }: Setting,
): void {
  if (fault.kind === 'replace')
    world.after(fault.at, () => {
      world.note('the log is replaced by a backup');
      store.replace(Math.floor(store.head * fault.keep));
      board.known.clear();
      count('log replaced');
    });
  if (!('server' in fault)) return;
  const server = servers[fault.server];
  if (server === undefined) return;
  if (fault.kind === 'clock') world.after(fault.at, () => server.jump(fault.by));
  if (fault.kind !== 'crash' && fault.kind !== 'drain') return;
  world.after(fault.at, () => {
    // Who leaves already is not told so twice; it may still crash.
    if (!server.isUp || (fault.kind === 'drain' && server.isLeaving)) return;
    const back = (): void => void world.after(fault.lasts, () => server.start());
    if (fault.kind === 'crash') {
      server.crash();
      back();
    } else void server.drain().then(back);
  });
}

/** I12, I13: when all is well again every server is up, has everything, owes nobody an answer and has let no time pass by. */
function finish(server: SimServer, { store, seen, world, digests }: Setting): void {
  const { running } = server;
  const blame = (invariant: string, text: string): void => {
    world.note(`!! ${invariant} s${server.number}: ${text}`);
    seen.push({ invariant, text: `s${server.number}: ${text}` });
  };
  if (running === null) {
    blame('I12', 'is not up again');
    return;
  }
  const { replica, log, name } = running;
  const due = store.times.filter((at) => at < world.now - 1000).length;
  if (replica.state.index < due) blame('I12', `has applied ${replica.state.index} of ${store.head} entries`);
  if (replica.state.index > store.head)
    blame('I5', `has applied ${replica.state.index}, the log has ${store.head}`);
  if (running.busy > 0) blame('I12', `owes ${running.busy} answers`);
  if (replica.waiters.size > 0) blame('I13', `${replica.waiters.size} waiters are left`);
  if (log.backlog.length > 0) blame('I13', `${log.backlog.length} entries are not taken`);
  digests.push({ server: name, log: log.info.id, index: replica.state.index, text: digest(replica.state) });
  if (log.info.id !== store.id) blame('I15', `serves ${log.info.id}, the log is ${store.id}`);
  // Log time runs on at the clocks' pace whatever they show. A tick that the log refused is proposed again after a second.
  const { state } = replica;
  const overdue = state.time + world.now - (store.times[state.index - 1] ?? world.now) - state.due.next;
  if (overdue > 2500) blame('I12', `a timer ran out ${Math.round(overdue)} ms ago and nothing came of it`);
}
