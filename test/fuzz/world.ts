import type { Group, Member, State } from '../../src/core/group/state.ts';
import { encodeGroup } from '../../src/core/snapshot/group-record.ts';
import { buildApp } from '../../src/http/app.ts';
import { AdminTokens } from '../../src/http/edge/admin-tokens.ts';
import type { Router } from '../../src/http/router.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { activateNewest } from '../../src/replica/activate.ts';
import type { Surroundings } from '../../src/replica/clock.ts';
import { Replica } from '../../src/replica/replica.ts';
import { type Response, send } from '../harness/in-memory.ts';
import { standingAlone } from '../harness/standing-alone.ts';

export interface WorldRequest {
  readonly method: string;
  /** A path with its query; need not be a URL. */
  readonly url: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer | null;
}

/** A response, and whether time had to pass for it. */
export interface WorldReply {
  readonly reply: Response;
  readonly passed: boolean;
}

/** An app, what was made in it, and what its callers may know. */
export interface World {
  /** Mistakes that the server reported. */
  readonly reported: readonly Error[];
  readonly adminToken: string | null;
  readonly groups: readonly string[];
  /** Of the group `closed`. */
  readonly keys: Keys;
  readonly tokens: readonly Token[];
  dump(): Dump;
  group(name: string): Group | undefined;
  /** How many requests wait for something to happen. */
  waiting(): number;
  ask(request: WorldRequest): Promise<WorldReply>;
  end(): Promise<void>;
}

interface Keys {
  readonly joinKey: string;
  readonly observerKey: string;
}

interface Token {
  readonly group: string;
  readonly agent: string;
  readonly token: string;
}

/** What readers could tell apart, and who may do what; the place in the log is left out. */
export interface Dump {
  readonly text: string;
  /** The end of each lease, by `group/agent`. */
  readonly leases: ReadonlyMap<string, number>;
}

/** The rules that the groups of a world have, by name. */
const rules = {
  open: { electorate: { size: 3 }, threshold: 2, next: 'continuous' },
  roster: { electorate: { agents: ['a1', 'a2', 'a3'] }, threshold: 2, close: 'early', next: 'continuous' },
  closed: { electorate: { size: 3 }, threshold: 'majority', next: 'continuous' },
  near: { electorate: { size: 2 }, threshold: 2, equality: { tolerance: 0.5 }, next: 'continuous' },
  minds: { electorate: { size: 3 }, threshold: 3, revote: true, reveal: 'live', next: 'continuous' },
  timed: { electorate: { size: 3 }, threshold: 2, deadline: 1000, next: 'continuous' },
  manual: { electorate: { size: 1 }, threshold: 1, next: 'manual' },
  counts: { electorate: { size: 2 }, threshold: 2, reveal: 'never', maxRounds: 40, next: 'continuous' },
  living: { electorate: { live: { min: 2, max: 4 } }, threshold: 2, next: 'continuous' },
  acts: { electorate: { size: 1 }, threshold: 1, next: 'continuous' },
  brief: { electorate: { size: 1 }, threshold: 1, next: 'continuous' },
  fleeting: { electorate: { size: 1 }, threshold: 1, next: 'continuous' },
};

/** Which rounds they keep, and how long they stay when nothing happens; see [Q3.17]. */
const retentions: Readonly<Record<string, object>> = {
  brief: { rounds: 2 },
  open: { messages: 2 },
  fleeting: { rounds: 3, idle: '2s' },
};

/**
 * An app over a log in memory, in a world where time passes only when nothing else is left to do: a request that waits
 * a minute takes no time at all, and the same requests always meet the same state.
 */
export async function makeWorld(adminToken: string | null): Promise<World> {
  const time = new VirtualTime();
  const log = memoryLog();
  const replica = new Replica({ log, surroundings: time.surroundings, writer: 'fuzz' });
  const reported: Error[] = [];
  const app = buildApp(replica, {
    version: '0.0.0',
    log: log.info,
    cluster: standingAlone(replica),
    unready: () => null,
    report: (error) => void reported.push(error),
    admins: new AdminTokens({ token: adminToken ?? undefined }),
  });
  await replica.start();
  await time.run(() => activateNewest(replica, null));
  const ask = (request: WorldRequest): Promise<WorldReply> => time.run(() => answer(app.router, request));
  return {
    reported,
    adminToken,
    groups: ['default', ...Object.keys(rules)],
    ...(await furnish(ask, adminToken)),
    dump: () => dumpOf(replica.state),
    group: (name) => replica.state.groups.get(name),
    waiting: () => replica.waiters.size,
    ask,
    async end() {
      await time.run(() => app.close());
      await time.run(() => replica.stop());
    },
  };
}

/** Sends it as a client would: with a URL that is one. */
async function answer(router: Router, { method, url, headers, payload }: WorldRequest): Promise<Response> {
  const { pathname, search } = new URL(
    url.startsWith('//') ? `http://localhost${url}` : url,
    'http://localhost',
  );
  return send(router, { method, path: pathname + search, headers, body: payload || null });
}

function dumpOf(state: State): Dump {
  const texts: string[] = [];
  const leases = new Map<string, number>();
  for (const group of state.groups.values()) {
    const members = new Map<string, Member>();
    for (const [name, member] of group.members) {
      members.set(name, { ...member, expiresAt: 0 });
      leases.set(`${group.name}/${name}`, member.expiresAt);
    }
    texts.push(encodeGroup({ ...group, members, position: 0 }));
  }
  return { text: texts.join('\n'), leases };
}

/** Whether a refused request left all as it was. One thing may change: the caller's own lease, which each request renews. */
export function isUnchanged(
  before: Dump,
  after: Dump,
  request: WorldRequest,
  tokens: readonly Token[],
): boolean {
  if (before.text !== after.text || before.leases.size !== after.leases.size) return false;
  const authorization = request.headers.authorization ?? '';
  const own = tokens.find(({ token }) => authorization === `Bearer ${token}`);
  const mine = own === undefined ? '' : `${own.group}/${own.agent}`;
  for (const [name, expiresAt] of after.leases)
    if (before.leases.get(name) !== expiresAt && name !== mine) return false;
  return true;
}

/** Makes the groups of a world, and has some agents join. */
async function furnish(
  ask: World['ask'],
  adminToken: string | null,
): Promise<{ readonly keys: Keys; readonly tokens: readonly Token[] }> {
  const put = async (url: string, body: unknown, bearer: string | null): Promise<Partial<Keys & Token>> => {
    const authorization = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const headers = { 'content-type': 'application/json', ...authorization };
    const { reply } = await ask({ method: 'PUT', url, payload: JSON.stringify(body), headers });
    if (reply.status !== 201) throw new Error(`the world cannot be furnished: ${url}: ${reply.text}`);
    return JSON.parse(reply.text);
  };
  await put('/v1/groups/default', { preset: 'classroom' }, adminToken);
  let keys: Keys = { joinKey: '', observerKey: '' };
  for (const [name, rule] of Object.entries(rules)) {
    const admission = name === 'closed' ? 'key' : 'open';
    const body = { rule, admission, retention: retentions[name], maySpend: 'agents' };
    const { joinKey, observerKey } = await put(`/v1/groups/${name}`, body, adminToken);
    if (joinKey !== undefined && observerKey !== undefined) keys = { joinKey, observerKey };
  }
  const tokens: Token[] = [];
  for (const [group, agent] of [
    ['open', 'a1'],
    ['open', 'a2'],
    ['closed', 'a1'],
    ['closed', 'a2'],
    ['living', 'a1'],
    ['living', 'a2'],
    ['timed', 'a2'],
    ['acts', 'a1'],
  ] as const) {
    const bearer = group === 'closed' ? keys.joinKey : null;
    const { token = '' } = await put(`/v1/groups/${group}/agents/${agent}`, { ttl: '1d' }, bearer);
    tokens.push({ group, agent, token });
  }
  return { keys, tokens };
}

/** Turns of the event loop that work may take before it counts as waiting for time to pass. */
const patience = 12;

interface Timer {
  /** Virtual ms. */
  readonly at: number;
  readonly call: () => void;
}

class VirtualTime {
  #now = 1_700_000_000_000;
  readonly #timers = new Set<Timer>();

  readonly surroundings: Surroundings = {
    now: () => this.#now,
    elapsed: () => this.#now,
    random: () => 4,
    after: (ms, call) => {
      const timer = { at: this.#now + ms, call };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
    soon: (call) => void setImmediate(call),
  };

  /** Resolves with what `work` resolves with, and whether time had to pass for it. */
  async run<T>(work: () => Promise<T>): Promise<{ readonly reply: T; readonly passed: boolean }> {
    let done = false;
    const result = work().finally(() => {
      done = true;
    });
    // It may fail long before it is awaited below.
    result.catch(() => undefined);
    let passed = false;
    for (let turn = 1; !done; turn += 1) {
      if (turn > 20_000) throw new Error('a request was never answered');
      await new Promise(setImmediate);
      if (!done && turn % patience === 0) passed = this.#pass() || passed;
    }
    const reply = await result;
    passed = (await this.#settle()) || passed;
    return { reply, passed };
  }

  /** Lets everything happen that is due by now, so that it is not put down to the next request. */
  async #settle(): Promise<boolean> {
    let some = false;
    for (;;) {
      const due = [...this.#timers].find(({ at }) => at <= this.#now);
      if (due === undefined) return some;
      some = true;
      this.#fire(due);
      for (let turn = 0; turn < patience; turn += 1) await new Promise(setImmediate);
    }
  }

  /** Lets time pass to the next timer; false when there is none. */
  #pass(): boolean {
    let first: Timer | null = null;
    for (const timer of this.#timers) if (first === null || timer.at < first.at) first = timer;
    if (first === null) return false;
    this.#fire(first);
    return true;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.call();
  }
}
