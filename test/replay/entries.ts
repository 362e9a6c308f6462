import { type Command, type Entry, entryVersion, versionOf } from '../../src/core/entry.ts';
import type { Group, State } from '../../src/core/group/state.ts';
import { agentKinds } from '../../src/core/limits.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json, Settings } from '../../src/core/types.ts';
import { pick, randomFrom } from '../harness/random.ts';

/** Random entries in which everything a group can hold comes about: rounds that close, expire, change their rule. */

const agents = ['ann', 'bob', 'cy', 'dee'];
/** What is proposed; null is an abstention. */
const values = [
  ...['1', '1', '2', '2.5', '"a"', '" A"', 'false', null, '[1,2]', '[2,1,1]'],
  ...['{"n":10}', '{"n":11,"why":"so"}', '"approve"', '"reject"', '"b"'],
];
const groupNames = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6'];

const shapes: readonly Settings[] = [
  { preset: 'classroom', rule: { electorate: { size: 2 } } },
  { rule: { electorate: { agents }, close: 'early', next: 'continuous', tie: 'seeded' } },
  {
    rule: {
      electorate: { agents },
      weights: { ann: 3, bob: 1 },
      veto: ['cy'],
      next: 'continuous',
      revote: true,
    },
  },
  {
    rule: { electorate: { agents: ['ann', 'bob'] }, required: ['ann'], deadline: 3000, onDeadline: 'decide' },
  },
  {
    rule: {
      electorate: { live: { min: 2, max: 3 } },
      absent: 'excluded',
      next: 'continuous',
      minWait: 800,
      lastCall: 1500,
    },
  },
  { rule: { electorate: { size: 3 }, equality: { tolerance: 1 }, threshold: 2, next: 'continuous' } },
  {
    rule: {
      electorate: { agents: ['ann', 'bob', 'cy'] },
      equality: 'text',
      revote: true,
      minWait: 1000,
      close: 'early',
      lastCall: 700,
    },
  },
  { rule: { electorate: { size: 2 }, minWait: 1200, next: 'manual', maxRounds: 4 } },
  {
    rule: { electorate: { size: 2 }, next: 'continuous' },
    retention: { rounds: 2, idle: 4000, messages: 3 },
  },
  {
    mayClose: ['ann'],
    mayWaive: ['ann', 'bob'],
    maySpend: ['ann'],
    rule: {
      electorate: { agents },
      deadline: 2500,
      deadlineFrom: 'first-proposal',
      onDeadline: { default: 1 },
      next: 'continuous',
      absent: 'excluded',
      revote: true,
    },
  },
  { preset: 'gate', rule: { electorate: { agents }, threshold: 2, reveal: 'close', next: 'continuous' } },
  {
    rule: {
      electorate: { agents },
      options: ['a', 'b', 1, { value: 2, label: 'two' }],
      wins: ['a', 2],
      equality: 'text',
      floor: { present: 2, cast: 2 },
      reveal: 'live',
      close: 'early',
      next: 'continuous',
      veto: ['cy'],
    },
  },
  { rule: { electorate: { size: 3 }, equality: { set: true }, threshold: 2, next: 'continuous' } },
  {
    rule: {
      electorate: { agents },
      equality: { field: '/n', by: { tolerance: 0, relative: { num: 1, den: 5 } } },
      next: 'continuous',
    },
  },
  { rule: { electorate: { size: 3 }, equality: { tolerance: 1 }, decide: 'mean', next: 'continuous' } },
  {
    rule: {
      electorate: {
        any: [
          { role: 'model', agents: ['ann', 'bob'], threshold: 2 },
          { role: 'person', agents: ['cy', 'dee'], threshold: 1 },
        ],
      },
      equality: { tolerance: 0.5 },
      next: 'continuous',
    },
  },
  {
    admission: 'key',
    mayClose: 'agents',
    maySpend: 'agents',
    rule: { electorate: { live: { min: 1, max: 2 } }, next: 'continuous' },
  },
  {
    rule: {
      electorate: {
        all: [{ role: 'model', agents: ['ann', 'bob'], threshold: 2 }],
        else: { role: 'person', agents: ['cy'], threshold: 1 },
      },
      next: 'continuous',
      close: 'early',
    },
  },
].flatMap((body) =>
  [null, 'first', 'second'].map((subject) => {
    const titled = subject === 'second' ? { title: 'Größe 😀' } : {};
    const parsed = parseSettings({ ...body, ...titled, subjectHash: subject } as Json);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
    return parsed.settings;
  }),
);

export class RandomEntries {
  private readonly random: () => number;
  private time = 1_700_000_000_000;
  private serial = 0;
  /** The last message, to be sent again. */
  private said: Command | null = null;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  /** The next entry, made with an eye on the state so that rounds are met more often than missed. */
  next(state: State): Entry {
    this.time += this.below(3) === 0 ? this.below(1500) : this.below(20);
    this.serial += 1;
    const server = this.below(3);
    const commands = Array.from({ length: 1 + this.below(4) }, () => this.activeCommand(state));
    return {
      version: state.version,
      writer: `w${server}`,
      serial: this.serial,
      server: `s${server}`,
      // Three clocks, one of which is far ahead now and then, and somebody reckons on even where no clock says so.
      time: this.time + this.below(40) - 20 + (this.below(30) === 0 ? 60_000 : 0),
      reckoned: state.time + (this.below(10) === 0 ? this.below(100) : 0),
      alone: this.below(50) === 0,
      seed: this.below(2 ** 31),
      // As from a log: nothing is shared with the caller.
      commands: JSON.parse(JSON.stringify(commands)) as Command[],
    };
  }

  /** A command of the version that is active, as servers write them. */
  private activeCommand(state: State): Command {
    for (;;) {
      const command = this.command(state);
      if (versionOf(command) <= state.version) return command;
    }
  }

  private command(state: State): Command {
    const group = pick(this.random, groupNames);
    const latest = state.groups.get(group)?.round ?? 0;
    const agent = pick(this.random, agents);
    const tokenHash = this.below(4) === 0 ? null : `token-${agent}`;
    const kind = this.below(134);
    if (!state.groups.has(group) && kind < 60) return this.putGroup(group, null);
    if (kind < 45) {
      return {
        type: 'propose',
        group,
        round: this.below(3) === 0 ? null : latest - (this.below(8) === 0 ? 1 : 0),
        agent: this.below(3) === 0 ? null : agent,
        value: pick(this.random, values),
        seq: this.below(3) === 0 ? this.below(4) : null,
        tokenHash: this.below(3) === 0 ? null : tokenHash,
        key: this.below(4) === 0 ? `key-${this.below(12)}` : null,
        ...(this.below(4) === 0 && { note: pick(this.random, ['because', 'Größe 😀']) }),
      };
    }
    if (kind < 57) return this.join(group, agent);
    if (kind < 65) return this.invite(state, group, agent);
    if (kind < 69) return { type: 'renew', group, agent, tokenHash };
    if (kind < 70) return { type: 'leave', group, agent, tokenHash };
    if (kind < 71)
      return { type: 'remove-agent', group, agent, byKeyHash: this.below(2) === 0 ? null : 'join-key' };
    if (kind < 78)
      return { type: 'tell', group, reader: `${1 + this.below(5)}`, identified: this.below(2) === 0 };
    if (kind < 83)
      return { type: 'open-round', group, round: this.below(3) === 0 ? latest + this.below(3) : null };
    if (kind < 86)
      return { type: 'close-round', group, round: latest, ifRevision: null, by: null, tokenHash: null };
    if (kind < 88)
      return { type: 'close-round', group, round: latest, ifRevision: null, by: agent, tokenHash };
    if (kind < 92)
      return this.putGroup(group, this.below(2) === 0 ? null : (state.groups.get(group)?.revision ?? 0));
    if (kind < 94) return this.byHand(group, latest);
    if (kind < 95) return { type: 'delete-group', group, ifRevision: null };
    if (kind < 96) return this.putKeys(group, state);
    if (kind < 99) return { type: 'tick' };
    if (kind < 100) return { type: 'activate', version: entryVersion };
    if (kind < 109) return this.message(state, agent);
    if (kind < 114) return this.cursor(state, agent);
    return kind < 122 ? this.claim(state, agent) : this.webhook(state, group);
  }

  /** Of all groups one in which somebody could speak, mostly. */
  private talking(state: State): Group | undefined {
    const groups = [...state.groups.values()];
    const alive = groups.filter(({ leases }) => leases.size > 0);
    return pick(this.random, alive.length > 0 && this.below(8) > 0 ? alive : groups);
  }

  private message(state: State, some: string): Command {
    if (this.said !== null && this.below(6) === 0) return this.said;
    const group = this.talking(state);
    const { end = 0, view = 0 } = group?.stream ?? {};
    const members = [...(group?.members.values() ?? [])].filter(({ live }) => live);
    const from = members.length > 0 && this.below(6) > 0 ? pick(this.random, members).agent : some;
    const maybe = (one: object): object => (this.below(4) === 0 ? one : {});
    this.said = {
      type: 'say',
      group: group?.name ?? 'g1',
      tokenHash: `token-${from}`,
      body: pick(this.random, ['"hi"', '{"n":1}', '"Größe 😀"', 'null']),
      key: this.below(2) === 0 ? `key-${this.below(4)}` : null,
      ...maybe({ to: [pick(this.random, agents), pick(this.random, agents)] }),
      ...maybe({ replyTo: 1 + this.below(end + 1) }),
      ...maybe({ round: 1 + this.below(group?.round ?? 1) }),
      ...maybe({ inView: view - this.below(2) }),
      ...maybe({ ackBy: pick(this.random, [1, 2, 'majority', 'all']) }),
    };
    return this.said;
  }

  private cursor(state: State, some: string): Command {
    const group = this.talking(state);
    const members = [...(group?.members.values() ?? [])].filter(({ live }) => live);
    const agent = members.length > 0 ? pick(this.random, members).agent : some;
    const offset = Math.max(0, (group?.stream.end ?? 0) + 1 - this.below(6));
    return { type: 'set-cursor', group: group?.name ?? 'g1', agent, tokenHash: `token-${agent}`, offset };
  }

  /** A claim on a decision, mostly one that can be taken, or what somebody does with one. */
  private claim(state: State, agent: string): Command {
    const groups = [...state.groups.values()].filter(({ closed }) => closed.size > 0);
    const group = groups.length === 0 ? undefined : pick(this.random, groups);
    const closed = [...(group?.closed.values() ?? [])];
    const decided = closed.filter((one) => one.state === 'SUCCESS').at(-1);
    const round = this.below(4) === 0 ? 1 + this.below(group?.round ?? 1) : (decided?.round ?? 1);
    const by = this.below(2) === 0 ? null : agent;
    const right = { group: group?.name ?? 'g1', round, by, tokenHash: by === null ? null : `token-${by}` };
    const known = group?.claims.get(round);
    if (known === undefined || this.below(3) === 0) {
      const meant = this.below(4) === 0 ? { value: pick(this.random, ['7', decided?.value ?? '1']) } : {};
      const about =
        this.below(6) === 0 && decided?.subjectHash != null ? { subjectHash: decided.subjectHash } : {};
      const holder = `run-${this.below(3)}`;
      return { type: 'claim', holder, lease: 1000 + this.below(3000), ...meant, ...about, ...right };
    }
    const use = { fence: known.fence - (this.below(5) === 0 ? 1 : 0), ...right };
    if (this.below(2) === 0) return { type: 'renew-claim', ...use };
    if (this.below(2) === 0) return { type: 'give-back-claim', ...use };
    return { type: 'spend-claim', result: pick(this.random, ['null', '"ok"']), ...use };
  }

  /** What a manager does with webhooks, or what became of a delivery. */
  private webhook(state: State, some: string): Command {
    const group = this.below(3) === 0 ? null : some;
    const owner = group === null ? state : state.groups.get(group);
    const id = pick(this.random, ['hook-a', 'hook-b']);
    const webhook = owner?.webhooks.get(id);
    const use = { group, id, byKeyHash: this.below(4) === 0 ? 'join-key' : null };
    const kind = this.below(16);
    if (webhook === undefined || kind < 2) {
      const url = pick(this.random, ['https://a.example/in', 'https://b.example/in']);
      const states = pick(this.random, ['all', 'all', 'SUCCESS', 'FAILED'] as const);
      const format = pick(this.random, ['standard', 'slack', 'teams'] as const);
      const secret = { keepSecret: this.below(2) === 0, secret: `whsec_${this.below(3)}` };
      return { type: 'put-webhook', ...use, url, states, format, ...secret };
    }
    if (kind < 3) return { type: 'delete-webhook', ...use };
    if (kind < 4) return { type: 'test-webhook', ...use, key: pick(this.random, [null, 'key-1', 'key-2']) };
    if (kind < 5) return { type: 'replay-delivery', ...use, number: 1 + this.below(webhook.count + 1) };
    if (kind < 8) return { type: 'take-deliveries', server: `s${this.below(2)}`, lease: 2000 };
    const [delivery] = webhook.pending.values();
    const number = delivery?.number ?? webhook.count;
    const attempt = (delivery?.attempts ?? 0) + (this.below(6) === 0 ? 0 : 1);
    const fence = (state.delivering?.fence ?? 1) - (this.below(6) === 0 ? 1 : 0);
    const ended = { group, id, made: webhook.made, number, attempt, fence };
    if (kind < 11) return { type: 'delivered', ...ended };
    const retryAfter = pick(this.random, [null, null, 60_000]);
    return { type: 'delivery-failed', ...ended, error: '503', retryAfter, gone: this.below(6) === 0 };
  }

  /** A deadline that somebody sets, or an elector that is waived. */
  private byHand(group: string, round: number): Command {
    const by = pick(this.random, [null, null, ...agents]);
    const right = { by, tokenHash: by === null ? null : `token-${by}` };
    if (this.below(2) === 0)
      return { type: 'waive', group, round, agent: pick(this.random, agents), reason: 'away', ...right };
    const after = 1 + this.below(4000);
    const deadline = pick(this.random, [null, { after }, { after }, { at: this.time + after }]);
    return { type: 'set-deadline', group, round, deadline, ifRevision: null, ...right };
  }

  /** An invite that is made, used or ended. */
  private invite(state: State, some: string, agent: string): Command {
    const guests = [...state.groups.values()].filter(({ settings }) => settings.admission === 'invite');
    const group = guests.length === 0 || this.below(5) === 0 ? some : pick(this.random, guests).name;
    const secretHash = `secret-${agent}-${this.below(4) === 0 ? 1 : 0}`;
    const kind = this.below(10);
    if (kind < 4) {
      const role = this.below(8) === 0 ? 'observer' : 'voter';
      const named = this.below(2) === 0 ? { name: 'Zoë 😀' } : {};
      const known = this.below(3) === 0 ? { kind: pick(this.random, agentKinds) } : {};
      return {
        type: 'put-invite',
        group,
        agent,
        ...named,
        ...known,
        role,
        secretHash,
        byKeyHash: 'join-key',
      };
    }
    if (kind < 8) return { type: 'redeem', group, agent, secretHash, tokenHash: `token-${agent}` };
    return { type: 'revoke-invite', group, agent, byKeyHash: null };
  }

  private putGroup(group: string, ifRevision: number | null): Command {
    const settings = pick(this.random, shapes);
    const keyed = settings.admission !== 'open';
    const [joinKeyHash, observerKeyHash] = keyed ? ['join-key', 'observer-key'] : [null, null];
    return { type: 'put-group', group, settings, ifRevision, joinKeyHash, observerKeyHash };
  }

  private putKeys(group: string, state: State): Command {
    const [joinKeyHash, observerKeyHash] = pick(this.random, [
      ['join-key', 'observer-key'],
      ['join-key', 'other-observer-key'],
    ]) as [string, string];
    const inPlaceOf = this.below(3) === 0 ? 'join-key' : (state.groups.get(group)?.joinKeyHash ?? null);
    return { type: 'put-keys', group, joinKeyHash, observerKeyHash, inPlaceOf };
  }

  private join(group: string, agent: string): Command {
    return {
      type: 'join',
      group,
      agent,
      role: pick(this.random, [null, null, 'voter', 'voter', 'voter', 'observer']),
      ttl: 1000 + this.below(4000),
      tokenHash: `token-${agent}`,
      joinKeyHash: this.below(5) === 0 ? null : 'join-key',
      ...(this.below(6) === 0 && { name: 'Ann' }),
      ...(this.below(6) === 0 && { kind: pick(this.random, agentKinds) }),
    };
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }
}
