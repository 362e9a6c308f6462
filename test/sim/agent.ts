import { transportOf } from '../../src/client/connect.ts';
import {
  type Client,
  type ConnectOptions,
  connect,
  type Group,
  type GroupSettings,
  QuorateError,
  type RoundJson,
} from '../../src/client/index.ts';
import type { Json } from '../../src/core/types.ts';
import { type ByHandOp, callFor } from './calls-by-hand.ts';
import { ClassroomAgent } from './classroom-agent.ts';
import type { OpRecord } from './evidence.ts';
import type { AgentPlan, Op } from './plan.ts';
import { Random, seedFor } from './random.ts';
import { abortError, callLimit, intent, type Of, type Station } from './station.ts';
import { Talker } from './talker.ts';

/** ms in which three clients that take turns agree. */
const longestSession = 6000;

/** One process: does its operations one after the other, through the production client. */
export class Agent {
  private readonly plan: AgentPlan;
  private readonly s: Station;
  private readonly random: Random;
  private readonly options: ConnectOptions;
  private readonly client: Client;
  private readonly inClassroom: ClassroomAgent;
  private readonly talker: Talker;
  private token: string | null = null;
  /** The latest round seen of each group. */
  private readonly known = new Map<string, RoundJson>();
  private keys = 0;
  private changes = 0;

  constructor(plan: AgentPlan, station: Station) {
    const { world, plan: history } = station.setting;
    this.plan = plan;
    this.s = station;
    this.random = new Random(seedFor(history.seed, 'agent', plan.id));
    const { home } = plan;
    this.options = {
      urls: [...station.urls.slice(home), ...station.urls.slice(0, home)],
      fetch: station.fetch,
      clock: {
        now: () => world.now,
        sleep: (ms, signal) => world.sleep(ms, signal),
        after: (ms, call) => world.after(ms, call),
      },
      random: () => this.random.fraction(),
      retryFor: 6000,
    };
    this.client = connect(this.options);
    this.inClassroom = new ClassroomAgent(plan.id, station, this.options, this.random);
    this.talker = new Talker(plan.id, station, this.options);
  }

  async run(): Promise<void> {
    const { world } = this.s.setting;
    for (const op of this.plan.ops) {
      if (op.at > world.now) await world.sleep(op.at - world.now);
      await this.perform(op);
    }
  }

  private async perform(op: Op): Promise<void> {
    const { world, seen } = this.s.setting;
    const record: OpRecord = {
      process: this.plan.id,
      kind: op.do,
      began: world.now,
      allowed: allowedFor(op),
      ended: null,
      result: '',
    };
    this.s.ops.push(record);
    try {
      await this.act(op);
      record.result = 'done';
    } catch (error) {
      const expected = error instanceof QuorateError || (error as Error).name === 'AbortError';
      record.result = error instanceof QuorateError ? error.code : String(error);
      if (!expected)
        seen.push({ invariant: 'I6', text: `${this.plan.id} ${op.do}: ${(error as Error).stack}` });
    }
    record.ended = world.now;
  }

  private act(op: Op): Promise<unknown> {
    const group = this.group(op.group);
    const bounds = { deadline: callLimit };
    switch (op.do) {
      case 'agree':
        return this.agree(group, op);
      case 'propose':
        return this.propose(group, op);
      case 'keyed':
        return this.keyed(op);
      case 'pretend':
        return this.pretend(op);
      case 'read':
        return this.read(group, op);
      case 'rounds':
        return group.rounds({ ...bounds, limit: 5 });
      case 'show':
        return group.show(bounds);
      case 'open':
        return group.open(bounds);
      case 'close':
        return this.close(op.group);
      case 'waive':
      case 'deadline':
      case 'invite':
      case 'revoke':
      case 'redeem':
        return this.byHand(op);
      case 'act':
        return this.actOn(group, op);
      case 'delete':
        return group.delete(bounds);
      case 'update':
        return group.create(op.settings as GroupSettings, bounds);
      case 'join':
        return this.join(op);
      case 'renew':
        return this.send('POST', op.group, `/agents/${this.plan.id}/renew`);
      case 'leave':
        return this.leave(op.group);
      case 'watch':
        return this.watch(group, op);
      case 'post':
      case 'told':
      case 'session':
      case 'classroom':
        return this.inClassroom.act(op);
      default:
        return this.talker.act(op);
    }
  }

  private agree(group: Group, { values, deadline }: Of<'agree'>): Promise<RoundJson> {
    let turn = 0;
    return group.agree({
      agent: this.plan.id,
      deadline,
      propose: (_last, round) => {
        const value = values[Math.min(turn, values.length - 1)] as Json;
        turn += 1;
        this.intend(group.name, round, value);
        return value;
      },
      onRound: (round) => this.learn(round),
    });
  }

  private async propose(group: Group, op: Of<'propose'>): Promise<void> {
    const latest = this.known.get(op.group) ?? (await group.round('latest', { deadline: callLimit }));
    this.learn(latest);
    const round = Math.max(1, latest.round + op.round);
    this.intend(op.group, round, op.abstain ? null : op.value);
    this.changes += 1;
    const seq = op.numbered ? { seq: this.changes } : {};
    const note = op.note === undefined ? {} : { note: op.note };
    const base = { agent: this.plan.id, round, wait: op.wait, deadline: callLimit, ...seq, ...note };
    this.learn(await group.propose(op.abstain ? { ...base, abstain: true } : { ...base, value: op.value }));
  }

  /** The same key twice: one effect, whatever the servers. */
  private async keyed(op: Of<'keyed'>): Promise<void> {
    this.keys += 1;
    const key = op.shared ? `shared-${this.keys % 2}` : `${this.plan.id}-${this.keys}`;
    const headers = { 'idempotency-key': key };
    const call = { method: 'POST', path: `/v1/groups/${op.group}/proposals`, headers } as const;
    const body = { agent: this.plan.id, value: op.value };
    const own = transportOf({ ...this.options, ...this.authority() });
    for (let i = 0; i <= op.again; i += 1) {
      const elsewhere = transportOf({
        ...this.options,
        ...this.authority(),
        urls: this.s.urls.map((_, k) => this.s.urls[(k + i) % this.s.urls.length] as string),
      });
      const said = op.other && i === op.again ? { ...body, value: `other ${this.keys}` } : body;
      this.intend(op.group, '*', said.value);
      await (i === 0 ? own : elsewhere).send({ ...call, body: said, deadline: callLimit });
    }
  }

  private async pretend({ group, as, value }: Of<'pretend'>): Promise<void> {
    const round = this.known.get(group)?.round ?? 1;
    this.s.intended.add(intent(group, round, as, value));
    await this.send('PUT', group, `/rounds/${round}/proposals/${as}`, { value });
  }

  private async read(group: Group, op: Of<'read'>): Promise<void> {
    const known = this.known.get(op.group);
    const after = op.cursor && known !== undefined ? known.revision : undefined;
    this.learn(await group.round(op.which, { after, wait: op.wait, deadline: callLimit + op.wait }));
  }

  private async close(group: string): Promise<void> {
    const round = this.known.get(group)?.round ?? 1;
    await this.send('POST', group, `/rounds/${round}/close`);
  }

  private async byHand(op: ByHandOp): Promise<void> {
    const { token, ...call } = callFor(op, this.plan.id, this.known.get(op.group)?.round ?? 1);
    const authority = token === undefined ? this.authority() : { token };
    const transport = transportOf({ ...this.options, ...authority });
    const reply = await transport.send({ ...call, deadline: callLimit });
    if (op.do === 'redeem' && op.as === this.plan.id) this.token = (reply.body as { token: string }).token;
  }

  /** Each run has a name of its own, also one that begins anew. */
  private async actOn(group: Group, { lease, pause, then, at }: Of<'act'>): Promise<void> {
    const latest = await group.round('latest', { deadline: callLimit });
    const path = `/rounds/${Math.max(1, latest.round - (latest.state === 'WAITING' ? 1 : 0))}/claim`;
    const holder = `${this.plan.id}-${at}`;
    const after = (ms: number) =>
      new Promise<void>((resolve) => void this.s.setting.world.after(ms, resolve));
    const claim = async (tries: number): Promise<number> => {
      try {
        const claimed = await this.send('PUT', group.name, path, { holder, lease });
        return (claimed as { fence: number }).fence;
      } catch (error) {
        if (tries === 0 || !['claimed', 'no-decision'].includes((error as { code?: string }).code ?? ''))
          throw error;
        await after(400);
        return claim(tries - 1);
      }
    };
    const fence = await claim(4);
    await after(pause);
    if (then === 'back') await this.send('DELETE', group.name, `${path}?fence=${fence}`);
    if (then === 'renew') await this.send('POST', group.name, `${path}/renew`, { fence });
    if (then === 'done' || then === 'renew')
      await this.send('POST', group.name, `${path}/done`, { fence, result: holder });
  }

  private async join({ group, ttl, role }: Of<'join'>): Promise<void> {
    const body = { ttl, role, instance: `instance-of-${this.plan.id}` };
    const reply = await this.send('PUT', group, `/agents/${this.plan.id}`, body);
    this.token = (reply as { token: string }).token;
  }

  private async leave(group: string): Promise<void> {
    await this.send('DELETE', group, `/agents/${this.plan.id}`);
    this.token = null;
  }

  private async watch(group: Group, op: Of<'watch'>): Promise<void> {
    const control = new AbortController();
    const cancel = this.s.setting.world.after(op.for, () => control.abort(abortError()));
    const rounds: RoundJson[] = [];
    this.s.watches.push({ process: this.plan.id, group: op.group, rounds });
    try {
      await follow(group, rounds, control.signal);
    } finally {
      cancel();
    }
  }

  private async send(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    group: string,
    path: string,
    body?: object,
  ): Promise<unknown> {
    const transport = transportOf({ ...this.options, ...this.authority() });
    return (await transport.send({ method, path: `/v1/groups/${group}${path}`, body, deadline: callLimit }))
      .body;
  }

  private group(name: string): Group {
    if (this.token === null) return this.client.group(name);
    return connect({ ...this.options, ...this.authority() }).group(name);
  }

  private authority(): { token?: string } {
    return this.token === null ? {} : { token: this.token };
  }

  private intend(group: string, round: number | '*', value: Json): void {
    this.s.intended.add(intent(group, round, this.plan.id, value));
  }

  private learn(round: RoundJson): void {
    this.known.set(round.group, round);
  }
}

/** Follows a group by its cursor: what is now, then each change that could be told apart and each round's end, in order. */
async function follow(group: Group, rounds: RoundJson[], signal: AbortSignal): Promise<never> {
  for (;;) {
    const seen = rounds.at(-1);
    const news = seen === undefined ? {} : { after: seen.revision, wait: 2000 };
    const latest = await group.round('latest', { ...news, signal });
    if (seen !== undefined && latest.round === seen.round && latest.revision <= seen.revision) continue;
    const from = seen === undefined ? latest.round : seen.round + (seen.state === 'WAITING' ? 0 : 1);
    for (let number = from; number < latest.round; number += 1) {
      try {
        rounds.push(await group.round(number, { signal }));
      } catch (error) {
        if (!(error instanceof QuorateError && error.code === 'round-not-kept')) throw error;
      }
    }
    rounds.push(latest);
  }
}

/** How long the operation may take in a world without faults: what it is told to wait, and little more. */
function allowedFor(op: Op): number {
  switch (op.do) {
    case 'agree':
      return op.deadline;
    case 'watch':
    case 'listen':
    case 'follow':
    case 'classroom':
      return op.for;
    case 'session':
      return longestSession;
    case 'propose':
    case 'read':
    case 'stability':
      return op.wait + 600;
    case 'say':
      return (op.wait + 600) * (op.again + 1);
    default:
      return 0;
  }
}
