import { entryVersion } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Event } from '../../src/core/result.ts';
import { buildApp } from '../../src/http/app.ts';
import type { Router } from '../../src/http/router.ts';
import type { Answer } from '../../src/http/routes/round-answers.ts';
import { isShared } from '../../src/log/log.ts';
import { activateNewest } from '../../src/replica/activate.ts';
import type { Surroundings } from '../../src/replica/clock.ts';
import { Peers } from '../../src/replica/peers.ts';
import { Replica } from '../../src/replica/replica.ts';
import { type Connection, type Request, type Response, send } from '../harness/in-memory.ts';
import { standingAlone } from '../harness/standing-alone.ts';
import { type Board, SharedSimLog } from './board.ts';
import { comparedEvery, hashesOf } from './comparisons.ts';
import { Courier } from './courier.ts';
import { digest } from './digest.ts';
import { SimLog } from './driver.ts';
import type { DigestRecord, Violation } from './evidence.ts';
import { applyWith, type Mutant } from './mutant.ts';
import { epoch, type Faults, type Plan, type ServerPlan } from './plan.ts';
import { Random, seedFor } from './random.ts';
import type { Store } from './store.ts';
import { StreamWaits } from './stream-waits.ts';
import type { World } from './world.ts';

/** What servers share with the rest of a history. */
export interface Setting {
  readonly world: World;
  readonly store: Store;
  readonly board: Board;
  readonly plan: Plan;
  readonly faults: Faults;
  readonly mutant: Mutant | null;
  readonly digests: DigestRecord[];
  readonly seen: Violation[];
  readonly count: (what: string) => void;
}

/** Every entry with an index divisible by this is compared between servers, and the last. */
const digestEvery = 16;

/** ms that a request waits for its server to come as far as its session. */
const behind = 1000;

/** One server: starts, crashes, takes its leave and comes back, with the production replica behind the production routes. */
export class SimServer {
  readonly number: number;
  /** Null while it is down or still replaying. */
  running: Running | null = null;
  /** The one that takes its leave, until it has gone or crashes on the way. */
  private leaving: Running | null = null;
  private readonly s: Setting;
  private incarnation = 0;
  private offset: number;
  private life: { over: boolean; log: SimLog | null } = { over: true, log: null };

  constructor(number: number, setting: Setting) {
    this.number = number;
    this.s = setting;
    this.offset = setting.plan.servers[number]?.offset ?? 0;
  }

  start(): void {
    const { world, plan, faults, store, board, mutant, count } = this.s;
    this.incarnation += 1;
    const name = `s${this.number}.${this.incarnation}`;
    const life: { over: boolean; log: SimLog | null } = { over: false, log: null };
    const seed = seedFor(plan.seed, 'server', this.number, this.incarnation);
    const options = {
      world,
      store,
      faults,
      server: this.number,
      writer: name,
      seed: seedFor(seed, 'driver'),
      exclusive: plan.exclusive,
      stragglers: this.planned.stragglers,
      checkpointPace: this.planned.checkpointPace,
      bugs: mutant?.driver ?? {},
      count,
    };
    const log = plan.exclusive ? new SimLog(options) : new SharedSimLog(options, board, plan.elects);
    life.log = log;
    this.life = life;
    const random = new Random(seed);
    const { rate, queuedCommands, commandsPerEntry, checkpointEntries } = this.planned;
    const limits = { queuedCommands, commandsPerEntry, checkpointEntries, encodeRecords: 2 };
    const surroundings: Surroundings = {
      now: () => this.clock(),
      elapsed: () => world.now * rate,
      random: () => random.below(2 ** 31),
      after: (ms, call) => (ms === Infinity ? () => {} : world.after(ms / rate, () => life.over || call())),
      soon: (call) => void world.after(0, () => life.over || call()),
    };
    const index = (): number => replica.state.index;
    const clock = `s${this.number}`;
    // Histories are short: the servers look at each other more often in them.
    const brisk = {
      ...surroundings,
      after: (ms: number, call: () => void) => surroundings.after(ms / 4, call),
    };
    const { stretch } = plan;
    const peers =
      stretch !== null && isShared(log)
        ? new Peers({ log, surroundings: brisk, server: name, clock, supported: entryVersion, index })
        : null;
    const replica = new Replica({
      log,
      writer: name,
      server: clock,
      ...(peers === null ? {} : { alone: () => peers.alone }),
      limits,
      surroundings,
      leads: () => peers?.leads ?? true,
      onApplied: (state, applied) => {
        if (peers === null) return;
        const scaled = comparedEvery(state, stretch as number);
        peers.applied(scaled, applied);
        const hash = hashesOf(peers).get(scaled.index);
        if (hash !== undefined) board.made(name, log.info.id, state.index, hash);
      },
    });
    const running = new Running(name, replica, peers, log, this.s);
    mutant?.replica?.(replica, { world, server: this.number });
    if (mutant !== null) applyWith(replica, mutant);
    running.observe();
    const ended = (error: Error): void => {
      if (life.over) return;
      // Too far behind, or on a log that is gone: the process ends, and its next life begins with what is there.
      const isTrimmed = error.name === 'Trimmed';
      if (!isTrimmed && log.info.id === store.id) {
        running.blame('I8', `the server stopped: ${error.message}`);
        return;
      }
      count(isTrimmed ? 'left behind by a checkpoint' : 'stopped over a replaced log');
      this.crash();
      world.after(50, () => this.start());
    };
    world.note(`${name} starts`);
    replica.start().then(
      () => {
        if (life.over) return;
        world.note(`${name} is ready at ${replica.state.index}`);
        if (hasRestoredStream(replica.state, store.published?.index ?? 0))
          count('stream restored from a checkpoint');
        this.running = running;
        void activateNewest(replica, peers);
        const { told: group } = plan;
        const isOver = () => life.over;
        const courier = { world, replica, name, seed: seedFor(seed, 'courier'), isOver };
        if (group !== undefined) new Courier({ ...courier, group }).start();
      },
      (error: Error) => ended(error),
    );
    void peers?.diverged.then((error) => life.over || running.blame('I14', error.message));
    void replica.failed.then(ended);
  }

  /** The process is gone, and what it knew. */
  crash(): void {
    const { world, count } = this.s;
    const { running } = this;
    if (this.life.over) return;
    if ((running?.busy ?? 0) > 0) count('crash with commands in flight');
    world.note(`s${this.number} crashes`);
    this.life.over = true;
    this.life.log?.kill();
    this.running = null;
    running?.cutOff();
    this.leaving?.cutOff();
    this.leaving = null;
  }

  /** Ends in good order; what it still owes is answered. */
  async drain(): Promise<void> {
    const { running, life } = this;
    if (running === null) return this.crash();
    this.s.world.note(`s${this.number} takes its leave`);
    this.running = null;
    this.leaving = running;
    running.draining = true;
    await running.peers?.stop();
    await running.replica.stop();
    life.over = true;
    this.leaving = null;
    running.cutOff();
  }

  jump(by: number): void {
    this.offset += by;
    this.s.world.note(`the clock of s${this.number} jumps by ${by}`);
  }

  clock(): number {
    return epoch + Math.round(this.s.world.now * this.planned.rate + this.offset);
  }

  get isUp(): boolean {
    return !this.life.over;
  }

  get isLeaving(): boolean {
    return this.leaving !== null;
  }

  private get planned(): ServerPlan {
    return this.s.plan.servers[this.number] as ServerPlan;
  }
}

/** Whether a message that a checkpoint of this index holds is kept. */
function hasRestoredStream({ groups }: State, index: number): boolean {
  return [...groups.values()].some(({ stream }) => {
    for (const item of stream.after(stream.oldest - 1))
      if (item.type === 'message') return item.index <= index;
    return false;
  });
}

/** One life of a server that answers. */
export class Running {
  readonly name: string;
  readonly replica: Replica;
  readonly log: SimLog;
  readonly peers: Peers | null;
  draining = false;
  /** Requests that change something and are not answered yet. */
  busy = 0;
  private readonly s: Setting;
  private readonly router: Router;
  private readonly pending = new Set<() => void>();
  /** When each entry was applied here, virtual ms. */
  private readonly appliedAt = new Map<number, number>();
  private readonly revisions = new Map<string, number>();
  private readonly streamWaits: StreamWaits;

  constructor(name: string, replica: Replica, peers: Peers | null, log: SimLog, setting: Setting) {
    this.name = name;
    this.replica = replica;
    this.peers = peers;
    this.log = log;
    this.s = setting;
    this.streamWaits = new StreamWaits(setting.world, (text) => this.blame('I12', text));
    const facts = {
      version: '0.0.0',
      log: log.info,
      cluster: standingAlone(replica),
      unready: () => {
        if (this.draining) return { code: 'stopping', detail: 'not ready' } as const;
        return log.unavailable === null ? null : ({ code: 'no-quorum', detail: 'not ready' } as const);
      },
      admins: { hashes: [] },
      report: (error: Error) => this.blame('I6', `internal error: ${error.stack}`),
    };
    this.router = buildApp(replica, facts, undefined, { behind }).router;
  }

  /** Answers, or calls `lost` when the server ends first. */
  handle(
    request: Request,
    connection: Connection,
    answer: (response: Response) => void,
    lost: () => void,
  ): void {
    let over = false;
    const writes = request.method !== 'GET';
    if (writes) this.busy += 1;
    const end = (tell: () => void): void => {
      if (over) return;
      over = true;
      if (writes) this.busy -= 1;
      this.pending.delete(drop);
      tell();
    };
    const drop = (): void => end(lost);
    this.pending.add(drop);
    const { mutant } = this.s;
    void send(this.router, request, connection).then((response) => {
      const shown = mutant?.response?.(response, request, this.replica) ?? response;
      end(() => answer(shown));
    });
    this.bound();
  }

  cutOff(): void {
    for (const drop of [...this.pending]) drop();
  }

  /** Looks on while the replica works: what it applies, whom it tells, how much it holds. */
  observe(): void {
    const { replica } = this;
    const taking = replica as unknown as { take(entry: { index: number }): void };
    const take = taking.take.bind(replica);
    taking.take = (entry) => {
      take(entry);
      const { state } = replica;
      this.appliedAt.set(state.index, this.s.world.now);
      this.streamWaits.look();
      if (state.index % digestEvery === 0) this.takeDigest();
      this.bound();
    };
    replica.listen(({ events }) => this.told(events));
    const wait = replica.waiters.wait.bind(replica.waiters);
    replica.waiters.wait = async (group, kind, look, otherwise, limit) => {
      const began = this.s.world.now;
      const seen = kind === 'item' ? this.streamWaits.begin(look) : null;
      const answer = await wait(group, kind, look, otherwise, limit);
      if (seen !== null) this.streamWaits.end(seen, group);
      // Of those who wait for a close, all are shown a round.
      if (kind === 'close') this.toldAt(group, began, answer as Answer);
      return answer;
    };
  }

  /** I8: the state as it is, unless a checkpoint put parts of it ahead. */
  takeDigest(): void {
    const { state } = this.replica;
    if (state.index === 0 || state.ahead.size > 0) return;
    const { id } = this.log.info;
    this.s.digests.push({ server: this.name, log: id, index: state.index, text: digest(state) });
  }

  /** I9: what a listener is told of each group is ordered, unique and without gaps. */
  private told(events: readonly Event[]): void {
    for (const { group, revision, type } of events) {
      const last = this.revisions.get(group);
      if (last !== undefined && type !== 'group-created' && revision !== last + 1)
        this.blame('I9', `${group}: revision ${revision} was told after ${last}`);
      this.revisions.set(group, revision);
    }
  }

  /** I12: who waits for a close is told in the same instant in which the server applies it. */
  private toldAt(group: string, began: number, { round, waiting }: Answer): void {
    const outcome = this.replica.state.groups.get(group)?.closed.get(round);
    if (waiting || outcome === undefined) return;
    const known = Math.max(began, this.appliedAt.get(outcome.index) ?? 0);
    const late = this.s.world.now - known;
    if (late > 0) this.blame('I12', `${group}: who waited for round ${round} was told ${late} ms late`);
  }

  /** I13: queues and buffers keep to their bounds. */
  private bound(): void {
    const { replica, log, s } = this;
    const most = s.plan.servers[0]?.queuedCommands ?? 0;
    if (replica.commands.length > Math.max(most, ...s.plan.servers.map((one) => one.queuedCommands)))
      this.blame('I13', `${replica.commands.length} commands are queued`);
    if (replica.waiters.size > this.pending.size)
      this.blame('I13', `${replica.waiters.size} waiters for ${this.pending.size} requests`);
    if (log.backlog.length > 2000) this.blame('I13', `${log.backlog.length} entries wait to be applied`);
  }

  blame(invariant: string, text: string): void {
    this.s.world.note(`!! ${invariant} ${this.name}: ${text}`);
    this.s.seen.push({ invariant, text: `${this.name}: ${text}` });
  }
}
