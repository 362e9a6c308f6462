import type { Applied } from '../../core/apply.ts';
import type { State } from '../../core/group/state.ts';
import { Backlog, type BacklogLimits, Backlogs } from '../events/backlog.ts';
import { type Part, Parts } from './parts.ts';

/** Which groups a feed is about: those of a list, and all whose names begin so; null for none of the latter. */
export interface Scope {
  readonly names: readonly string[];
  readonly prefix: string | null;
}

/** What one entry of the log did to the groups of a feed. */
export interface FeedEntry {
  readonly index: number;
  readonly parts: readonly Part[];
  readonly size: number;
  /** Its bytes for all, where everybody may read all of it; null before somebody has. */
  shared: Uint8Array | null;
}

/** The latest entries that are about the groups of one scope, each as it was. */
export class Feed extends Backlog<FeedEntry> {
  readonly scope: Scope;
  /** Counts the entries after which somebody may have lost the right to read one of the groups. */
  rightsChanges = 0;
  /** Index after which all are kept. */
  private from: number;

  constructor(key: string, scope: Scope, index: number) {
    super(key, 0);
    this.scope = scope;
    this.from = index;
  }

  /** Returns how many bytes were added. */
  add(index: number, parts: readonly Part[]): number {
    let size = 0;
    for (const part of parts) size += part.size;
    return this.push({ index, parts, size, shared: null });
  }

  /** The number after which a reader goes on that has seen all up to this index; null where that is no longer kept, or beyond `present`. */
  numberAt(index: number, present: number): number | null {
    if (index < this.from || index > present) return null;
    let [low, high] = [this.since, this.last];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.after(middle)?.index ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  override dropOldest(count: number): number {
    this.from = this.after(this.since + count - 1)?.index ?? this.from;
    return super.dropOldest(count);
  }
}

/** Feeds without a reader that are kept: each costs a look at every entry. */
const unfollowed = 100;

/** The feeds that somebody reads. */
export class Feeds extends Backlogs<Feed> {
  private readonly state: State;
  /** Those of lists, by the names in them. */
  private readonly byName = new Map<string, Set<Feed>>();
  private readonly ofPrefixes = new Set<Feed>();

  constructor(state: State, limits: Partial<BacklogLimits>) {
    super({ ...limits, unfollowed });
    this.state = state;
  }

  follow({ names, prefix }: Scope, wake: () => void): Feed {
    // Who asks for all with a prefix shares one feed, whatever names it adds of those.
    const others = new Set(prefix === null ? names : names.filter((name) => !name.startsWith(prefix)));
    const scope = { names: [...others].sort(), prefix };
    const key = `prefix ${prefix ?? 'none'}, groups ${scope.names.join()}`;
    return this.followed(key, () => this.begin(key, scope), wake);
  }

  /** Adds what an entry did; to be called right after it was applied. */
  applied(applied: Pick<Applied, 'events' | 'streamed' | 'removed'>): void {
    if (this.all.size === 0) return;
    const { index } = this.state;
    const parts = new Parts(this.state, applied);
    const grown = new Set<Feed>();
    for (const [feed, names] of this.about(parts.names)) {
      this.trim(feed);
      this.bytes += feed.add(
        index,
        names.flatMap((name) => parts.of(name)),
      );
      if (names.some((name) => parts.mayHaveEndedRights(name))) feed.rightsChanges += 1;
      grown.add(feed);
    }
    this.grown(grown);
  }

  protected override drop(feed: Feed): void {
    super.drop(feed);
    this.ofPrefixes.delete(feed);
    for (const name of feed.scope.names) {
      const feeds = this.byName.get(name);
      feeds?.delete(feed);
      if (feeds?.size === 0) this.byName.delete(name);
    }
  }

  private begin(key: string, scope: Scope): Feed {
    const feed = new Feed(key, scope, this.unchangedSince(scope));
    if (scope.prefix !== null) this.ofPrefixes.add(feed);
    for (const name of scope.names) this.byName.set(name, (this.byName.get(name) ?? new Set()).add(feed));
    return feed;
  }

  /** Index of the last entry that changed any of these groups: whoever has seen that one misses nothing of a feed that begins now. */
  private unchangedSince({ names, prefix }: Scope): number {
    const { groups, index } = this.state;
    if (prefix !== null) return index;
    return Math.max(...names.map((name) => groups.get(name)?.position ?? index));
  }

  /** The feeds that are about any of these groups, each with those. */
  private about(names: readonly string[]): Map<Feed, string[]> {
    const about = new Map<Feed, string[]>();
    const add = (feed: Feed, name: string): void => {
      const known = about.get(feed);
      if (known === undefined) about.set(feed, [name]);
      else known.push(name);
    };
    for (const name of names) {
      for (const feed of this.byName.get(name) ?? []) add(feed, name);
      for (const feed of this.ofPrefixes) if (name.startsWith(feed.scope.prefix as string)) add(feed, name);
    }
    return about;
  }
}
