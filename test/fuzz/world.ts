// @ts-nocheck
import { encodeGroup } from '../../src/core/snapshot/group-record.ts';
import { buildApp } from '../../src/http/app.ts';
import { AdminTokens } from '../../src/http/edge/admin-tokens.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { Replica } from '../../src/replica/replica.ts';
import { send } from '../harness/in-memory.ts';

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
  brief: { electorate: { size: 1 }, threshold: 1, next: 'continuous' },
  fleeting: { electorate: { size: 1 }, threshold: 1, next: 'continuous' },
};

/** What they let go of; see [Q3.17]. */
const retentions = { brief: { rounds: 2 }, fleeting: { rounds: 3, idle: '2s' } };

/**
 * An app over a log in memory, in a world where time passes only when nothing else is left to do: a request that waits
 * a minute takes no time at all, and the same requests always meet the same state.
 */
export async function makeWorld({ adminToken }) {
  const time = new VirtualTime();
  const log = memoryLog();
  const replica = new Replica({ log, surroundings: time.surroundings, writer: 'fuzz' });
  const reported = [];
  const facts = {
    version: '0.0.0',
    log: log.info,
    unready: () => null,
    report: (error) => reported.push(error),
    admins: new AdminTokens({ token: adminToken ?? undefined }),
  };
  const app = buildApp(replica, facts);
  await replica.start();
  const world = {
    app,
    reported,
    adminToken,
    groups: ['default', ...Object.keys(rules)],
    keys: {},
    tokens: [],
    /** What readers could tell apart, and who may do what; the place in the log is left out. */
    dump: () => dumpOf(replica.state),
    group: (name) => replica.state.groups.get(name),
    waiting: () => replica.waiters.size,
    ask: (request) => time.run(() => ask(app.router, request)),
    async end() {
      await time.run(() => app.close());
      await time.run(() => replica.stop());
    },
  };
  await furnish(world);
  return world;
}

/** As a client would send it: with a URL that is one, and its header fields as text. */
async function ask(router, { method, url, headers, payload }) {
  const { pathname, search } = new URL(
    url.startsWith('//') ? `http://localhost${url}` : url,
    'http://localhost',
  );
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const body = typeof payload === 'object' && !Buffer.isBuffer(payload) ? JSON.stringify(payload) : payload;
  const type = body === payload ? {} : { 'content-type': 'application/json' };
  return send(router, {
    method,
    path: pathname + search,
    headers: { ...type, ...Object.fromEntries(sent) },
    body: body || null,
  });
}

function dumpOf(state) {
  const texts = [];
  const leases = new Map();
  for (const group of state.groups.values()) {
    const members = new Map();
    for (const [name, member] of group.members) {
      members.set(name, { ...member, expiresAt: 0 });
      leases.set(`${group.name}/${name}`, member.expiresAt);
    }
    texts.push(encodeGroup({ ...group, members, position: 0 }));
  }
  return { text: texts.join('\n'), leases };
}

/** Whether a refused request left all as it was. Only this may change: that an agent is heard of renews its lease. */
export function isUnchanged(before, after, request, tokens) {
  if (before.text !== after.text || before.leases.size !== after.leases.size) return false;
  const authorization = request.headers.authorization ?? '';
  const own = tokens.find(({ token }) => authorization === `Bearer ${token}`);
  const mine = own === undefined ? '' : `${own.group}/${own.agent}`;
  for (const [name, expiresAt] of after.leases)
    if (before.leases.get(name) !== expiresAt && name !== mine) return false;
  return true;
}

async function furnish(world) {
  const authorization = world.adminToken === null ? {} : { authorization: `Bearer ${world.adminToken}` };
  const put = async (url, payload, headers = authorization) => {
    const { reply } = await world.ask({ method: 'PUT', url, payload, headers });
    if (reply.status !== 201) throw new Error(`the world cannot be furnished: ${url}: ${reply.text}`);
    return JSON.parse(reply.text);
  };
  await put('/v1/groups/default', { preset: 'classroom' });
  for (const [name, rule] of Object.entries(rules)) {
    const admission = name === 'closed' ? 'key' : 'open';
    const { joinKey, observerKey } = await put(`/v1/groups/${name}`, {
      rule,
      admission,
      ...(name in retentions ? { retention: retentions[name] } : {}),
    });
    if (joinKey !== undefined) world.keys = { joinKey, observerKey };
  }
  for (const [group, agent] of [
    ['open', 'a1'],
    ['closed', 'a1'],
    ['closed', 'a2'],
    ['living', 'a1'],
    ['living', 'a2'],
    ['timed', 'a2'],
  ]) {
    const headers = group === 'closed' ? { authorization: `Bearer ${world.keys.joinKey}` } : {};
    const { token } = await put(`/v1/groups/${group}/agents/${agent}`, { ttl: '1d' }, headers);
    world.tokens.push({ group, agent, token });
  }
}

/** Turns of the event loop that work may take before it counts as waiting for time to pass. */
const patience = 12;

class VirtualTime {
  #now = 1_700_000_000_000;
  #timers = new Set();

  surroundings = {
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

  /** What `work` comes to, and whether time had to pass for it. */
  async run(work) {
    let done = null;
    work().then(
      (reply) => {
        done = { reply };
      },
      (error) => {
        done = { error };
      },
    );
    let passed = false;
    for (let turn = 1; done === null; turn += 1) {
      if (turn > 20_000) throw new Error('a request was never answered');
      await new Promise(setImmediate);
      if (done === null && turn % patience === 0) passed = this.#pass() || passed;
    }
    if (done.error !== undefined) throw done.error;
    passed = (await this.#settle()) || passed;
    return { reply: done.reply, passed };
  }

  /** Lets everything happen that is due by now, so that it is not put down to the next request. */
  async #settle() {
    let some = false;
    for (;;) {
      const due = [...this.#timers].find(({ at }) => at <= this.#now);
      if (due === undefined) return some;
      some = true;
      this.#fire(due);
      for (let turn = 0; turn < patience; turn += 1) await new Promise(setImmediate);
    }
  }

  #pass() {
    let first = null;
    for (const timer of this.#timers) if (first === null || timer.at < first.at) first = timer;
    if (first === null) return false;
    this.#fire(first);
    return true;
  }

  #fire(timer) {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.call();
  }
}
