import type { Applied } from '../core/apply.ts';
import type { State } from '../core/group/state.ts';
import { StateHash } from '../core/snapshot/state-hash.ts';
import {
  LogFailure,
  type RegisteredServer,
  type Registration,
  type ServerList,
  type SharedLog,
} from '../log/log.ts';
import type { Surroundings } from './clock.ts';
import type { Cluster } from './cluster/cluster.ts';

export interface PeersOptions {
  readonly log: SharedLog;
  readonly surroundings: Surroundings;
  /** Name of this process among those that share the log, which no other has or ever had. */
  readonly server: string;
  /** Name of this server, the same when it starts again: two processes with one name have one clock. */
  readonly clock: string;
  /** The newest version of entries that this server understands. */
  readonly supported: number;
  /** Of Quorate, for people who look at the cluster. */
  readonly release?: string;
  /** Index of the last entry that this server has applied. */
  readonly index: () => number;
  /** Gets the list of servers at each look, and says what this one shows the others. */
  readonly cluster?: Pick<Cluster, 'seen' | 'toShow' | 'hasShown'>;
}

/** Entries between two comparisons of states. */
export const compareEvery = 1024;

/** Groups and proposals that are hashed for one comparison, so that it never stalls requests. */
const budget = 20_000;
const keep = 16;
const lookEveryMs = 500;
/** Without an answer of the log, or without progress on entries that it holds, for so long, this server may be cut off. */
const doubtAfterMs = 800;
/** Entries that a server may be behind and still get traffic. */
const mostBehind = 1000;
/** When as many servers agree with this one as differ from it, it stops after this time. */
const tieLastsMs = 10_000;
/** A comparison counts for this time. */
const comparisonLastsMs = 60_000;

/**
 * The other servers on a shared log: which one leads, how far this one is behind, and whether all have the same state. Every
 * `compareEvery` entries each server that applied all of them publishes a hash of what they changed. A server that differs from
 * most of the others is faulty and must stop before it answers any more. [Q8.6]
 */
export class Peers {
  /** Resolves when this server's state is not what the others have. */
  readonly diverged: Promise<Error>;
  /** Whether no other server was registered at the last look, so that no clock could confirm this one's. [Q7.4] */
  alone = false;
  /** Entries that the log held and this server had not applied, when it last looked. */
  behind = 0;
  private readonly options: PeersOptions;
  private readonly registration: Registration;
  private readonly hashes = new Map<number, string>();
  private readonly comparisons = new Map<string, { agrees: boolean; at: number }>();
  private changed = new Set<string>();
  private whole = false;
  private published = 0;
  private tiedSince: number | null = null;
  private unansweredSince: number | null = null;
  private stuckSince: number | null = null;
  private seen = 0;
  private reportDivergence!: (error: Error) => void;
  private cancel: () => void = () => {};
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: PeersOptions) {
    this.options = options;
    const { server, clock, supported, release } = options;
    const about = release === undefined ? {} : { release };
    this.registration = options.log.register({ server, clock, supported, ...about });
    this.diverged = new Promise((resolve) => {
      this.reportDivergence = resolve;
    });
    this.next();
  }

  get leads(): boolean {
    return this.registration.leads;
  }

  /** Whether the log has not answered for a while: too early to refuse anything, time for clients to try elsewhere. */
  get isDoubtful(): boolean {
    const { unansweredSince } = this;
    return unansweredSince !== null && this.options.surroundings.elapsed() - unansweredSince > doubtAfterMs;
  }

  /** Whether reads here would have to wait: many entries behind, or behind and without progress for a while. */
  get isFarBehind(): boolean {
    const { behind, stuckSince, options } = this;
    return (
      behind > mostBehind ||
      (stuckSince !== null && options.surroundings.elapsed() - stuckSince > doubtAfterMs)
    );
  }

  /** The other servers that do not understand this version of entries, and when the list was read. */
  async without(version: number): Promise<ServerList> {
    const { servers, asOf } = await this.registration.servers();
    const behind = servers.filter(
      ({ server, supported }) => server !== this.options.server && supported < version,
    );
    return { servers: behind, asOf };
  }

  /** To be called right after each entry was applied. */
  applied(state: State, { changed, whole }: Applied): void {
    for (const name of changed) this.changed.add(name);
    this.whole &&= whole;
    if (state.index % compareEvery !== 0) return;
    // A server that started in between, or had some of these entries in its checkpoint, lacks names that the others have.
    if (this.whole) this.hashes.set(state.index, hashOf(state, this.changed));
    for (const index of this.hashes.keys()) if (this.hashes.size > keep) this.hashes.delete(index);
    this.changed = new Set();
    this.whole = true;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    await this.looking;
    await this.registration.stop();
  }

  private next(): void {
    if (this.stopped) return;
    this.cancel = this.options.surroundings.after(lookEveryMs, () => {
      this.looking = this.look()
        // A cluster that does not answer is the log's to report; a broken log stops the server by itself.
        .catch(() => {})
        .then(() => this.next());
    });
  }

  /** Reads how far the log is and what the others have. */
  async look(): Promise<void> {
    const { log, server, clock, index, surroundings, cluster } = this.options;
    this.unansweredSince ??= surroundings.elapsed();
    const head = await log.head();
    this.unansweredSince = null;
    const at = index();
    this.behind = Math.max(0, head - at);
    if (this.behind === 0 || at > this.seen) this.stuckSince = null;
    else this.stuckSince ??= surroundings.elapsed();
    this.seen = at;
    const latest = [...this.hashes].at(-1);
    if (latest !== undefined && latest[0] > this.published) {
      await this.registration.publish(...latest);
      this.published = latest[0];
    }
    const { servers } = await this.registration.servers();
    // While this server itself is not in the list, as after a sleep, the list says nothing about the others.
    this.alone = servers.some((one) => one.server === server) && servers.every((one) => one.clock === clock);
    this.judge(servers);
    cluster?.seen(servers, this.behind);
    const shown = cluster?.toShow() ?? null;
    if (shown === null) return;
    await this.registration.show(shown);
    cluster?.hasShown(shown);
  }

  private judge(servers: readonly RegisteredServer[]): void {
    const now = this.options.surroundings.elapsed();
    for (const { server, stateHash } of servers) {
      const own = stateHash === null ? undefined : this.hashes.get(stateHash.index);
      if (server !== this.options.server && own !== undefined)
        this.comparisons.set(server, { agrees: own === stateHash?.hash, at: now });
    }
    let [with_, against] = [1, 0];
    for (const [server, { agrees, at }] of this.comparisons) {
      if (now - at > comparisonLastsMs) this.comparisons.delete(server);
      else if (agrees) with_ += 1;
      else against += 1;
    }
    if (against !== with_) this.tiedSince = null;
    else this.tiedSince ??= now;
    const tied = this.tiedSince !== null && now - this.tiedSince >= tieLastsMs;
    if (against > with_ || tied)
      this.reportDivergence(
        new LogFailure(`the state of this server differs from that of ${against} others`),
      );
  }
}

/** The hash of these groups, as far as the budget goes: the same choice on every server. */
function hashOf(state: State, changed: ReadonlySet<string>): string {
  const names: string[] = [];
  let left = budget;
  for (const name of changed) {
    const group = state.groups.get(name);
    left -= 1 + (group === undefined ? 0 : group.kept + (group.open?.proposals.size ?? 0));
    if (left >= 0) names.push(name);
  }
  const hash = new StateHash();
  hash.look(state, names);
  return hash.digest(state);
}
