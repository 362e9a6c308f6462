import type { LogMember, RegisteredServer, Shown } from '../../log/log.ts';
import { Pace, type Recent } from './pace.ts';
import { Roll } from './roll.ts';
import { Votes } from './votes.ts';

/** A server on the log, as this one knows it. */
export interface ServerRow {
  readonly name: string;
  /** `unknown`: this server cannot reach the log, so it hears of nobody. */
  readonly state: 'serving' | 'silent' | 'unknown';
  /** Since when it is silent, ms since 1970. */
  readonly since: number | null;
  readonly index: number | null;
  /** Entries of the log that it has not applied. */
  readonly behind: number | null;
  /** Null of one that does not serve. */
  readonly streams: number | null;
  readonly votesPerSecond: number | null;
}

export interface ClusterNow {
  /** The name of this server among them. */
  readonly server: string;
  /** Its time, ms since 1970. */
  readonly now: number;
  /** The last entry of the log that this server knows of. */
  readonly head: number;
  /** By name; this server alone where no other can use the log. */
  readonly servers: readonly ServerRow[];
  /** Of the store of the log; none where it is on this machine. */
  readonly members: readonly LogMember[];
  readonly recent: Recent;
}

export interface ClusterParts {
  readonly name: string;
  readonly surroundings: { now(): number; elapsed(): number };
  /** The last entry that this server has applied. */
  readonly index: () => number;
  readonly figures: () => { readonly streams: number; readonly votes: number };
  readonly members?: () => Promise<readonly LogMember[]>;
}

/** For so long after somebody has asked, all servers show their figures, ms. */
const watchedMs = 10_000;
/** What a server shows is replaced no more often, ms. */
const showEveryMs = 900;

/**
 * Who serves the log, how far each is, what members its store has, and how entries come. Servers show each other their figures
 * only while somebody looks: nothing is written before, and nothing while nothing changes.
 */
export class Cluster {
  private readonly parts: ClusterParts;
  private readonly pace: Pace;
  private readonly roll: Roll;
  private readonly votes: Votes;
  private askedAt = Number.NEGATIVE_INFINITY;
  private shownAt = Number.NEGATIVE_INFINITY;
  private shown: Shown | null = null;
  private shares = false;
  private behind = 0;

  constructor(parts: ClusterParts) {
    this.parts = parts;
    const { surroundings, figures } = parts;
    const now = (): number => surroundings.now();
    this.pace = new Pace(now);
    this.roll = new Roll(now);
    this.votes = new Votes(
      () => figures().votes,
      () => surroundings.elapsed(),
    );
  }

  /** To be called for each entry as it is applied. */
  applied(index: number): void {
    this.pace.came(index);
  }

  /** Takes the list of servers, and how many entries of the log this one lacks. */
  seen(servers: readonly RegisteredServer[], behind: number): void {
    this.shares = true;
    this.behind = behind;
    this.roll.seen(servers, this.head);
  }

  /** What this server is to show the others now; null: nothing, or nothing new. `hasShown` says that it has been shown. */
  toShow(): Shown | null {
    const elapsed = this.parts.surroundings.elapsed();
    const isWatched = elapsed - this.askedAt < watchedMs;
    if (!isWatched && !this.roll.isWatched) return null;
    if (elapsed - this.shownAt < showEveryMs) return null;
    const shown: Shown = { ...this.own(), isWatched };
    if (JSON.stringify(shown) === JSON.stringify(this.shown)) return null;
    return shown;
  }

  hasShown(shown: Shown): void {
    this.shownAt = this.parts.surroundings.elapsed();
    this.shown = shown;
  }

  /** How it is now. Asks the members, which takes a second where one is silent. */
  async read(): Promise<ClusterNow> {
    const { name, surroundings, members } = this.parts;
    this.askedAt = surroundings.elapsed();
    const found = (await members?.()) ?? [];
    return {
      server: name,
      now: surroundings.now(),
      head: this.head,
      servers: this.rows(),
      members: found,
      recent: this.pace.read(),
    };
  }

  private get head(): number {
    return this.parts.index() + this.behind;
  }

  private own(): Omit<Shown, 'isWatched'> {
    const { index, figures } = this.parts;
    return {
      index: index(),
      behind: this.behind,
      streams: figures().streams,
      votesPerSecond: this.votes.perSecond(),
    };
  }

  private rows(): ServerRow[] {
    const { name } = this.parts;
    const own: ServerRow = { name, state: 'serving', since: null, ...this.own() };
    if (!this.shares) return [own];
    const others = this.roll.list(this.head).filter((one) => one.name !== name);
    const rows = others.map(({ name, state, silentSince, shown }): ServerRow => {
      const known = { name, since: silentSince, index: shown?.index ?? null };
      const lacks = shown === null ? null : Math.max(0, this.head - shown.index);
      if (state === 'silent' || this.roll.isDeaf)
        return {
          ...known,
          state: state === 'silent' ? 'silent' : 'unknown',
          behind: lacks,
          streams: null,
          votesPerSecond: null,
        };
      const { behind = null, streams = null, votesPerSecond = null } = shown ?? {};
      return { ...known, state, behind, streams, votesPerSecond };
    });
    return [own, ...rows].sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}
