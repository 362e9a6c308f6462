export interface BacklogLimits {
  /** Entries of one backlog: events of a group, or log entries of several. */
  readonly eventsPerGroup: number;
  readonly bytesPerGroup: number;
  /** Of all backlogs together. */
  readonly bytes: number;
  /** Backlogs without a follower. */
  readonly unfollowed: number;
}

const defaultBacklogLimits: BacklogLimits = {
  eventsPerGroup: 4096,
  bytesPerGroup: 1 << 20,
  bytes: 64 << 20,
  unfollowed: 10_000,
};

/** One thing that is kept, in bytes. */
interface Sized {
  readonly size: number;
}

/** The latest of what a stream sends, numbered without gaps, so that a stream that was interrupted can resume. */
export class Backlog<T extends Sized = Sized> {
  /** What it is found by: the name of a group, or which groups it is about. */
  readonly key: string;
  /** Called after each entry that added something. */
  readonly followers = new Set<() => void>();
  /** Number of the latest. */
  last: number;
  /** What `last` was when its last follower left. */
  leftAt: number;
  bytes = 0;
  private kept: T[] = [];

  constructor(key: string, last: number) {
    this.key = key;
    this.last = last;
    this.leftAt = last;
  }

  /** How many are kept. */
  get length(): number {
    return this.kept.length;
  }

  /** The number after which all are kept. */
  get since(): number {
    return this.last - this.kept.length;
  }

  /** Whether all after this number are kept. */
  canResumeAfter(number: number): boolean {
    return number >= this.since && number <= this.last;
  }

  /** The one after this number, from which a stream can resume; undefined while there is none. */
  after(number: number): T | undefined {
    return this.kept[number - this.since];
  }

  /** Returns how many bytes were added. */
  protected push(one: T): number {
    this.kept.push(one);
    this.last += 1;
    this.bytes += one.size;
    return one.size;
  }

  /** Drops the oldest half of a backlog that is over its limits; returns how many bytes that were. */
  trim({ eventsPerGroup, bytesPerGroup }: BacklogLimits): number {
    if (this.length <= eventsPerGroup && this.bytes <= bytesPerGroup) return 0;
    // Half at a time, which keeps the cost of each constant.
    let count = 0;
    let bytes = this.bytes;
    while (this.length - count > eventsPerGroup / 2 || bytes > bytesPerGroup / 2) {
      bytes -= this.kept[count]?.size ?? bytes;
      count += 1;
    }
    return this.dropOldest(count);
  }

  /** Returns how many bytes were dropped. */
  dropOldest(count: number): number {
    let dropped = 0;
    for (const { size } of this.kept.splice(0, count)) dropped += size;
    this.bytes -= dropped;
    return dropped;
  }
}

/**
 * The backlogs that somebody follows. What is kept is written once, right after its entry was applied, and shared by all followers.
 *
 * A backlog begins when somebody first follows it. Without followers it is dropped as soon as it no longer holds all since the
 * last of them left, or when there are too many such backlogs or bytes.
 */
export class Backlogs<B extends Backlog> {
  protected readonly limits: BacklogLimits;
  /** By key, the least recently used first. */
  protected readonly all = new Map<string, B>();
  protected bytes = 0;

  constructor(limits: Partial<BacklogLimits> = {}) {
    this.limits = { ...defaultBacklogLimits, ...limits };
  }

  /** Backlogs and bytes held now. */
  get size(): { readonly backlogs: number; readonly bytes: number } {
    return { backlogs: this.all.size, bytes: this.bytes };
  }

  /** The backlog with this key, or a new one. `wake` is called after each entry that added something, until `unfollow`. */
  protected followed(key: string, make: () => B, wake: () => void): B {
    let backlog = this.all.get(key);
    if (backlog === undefined) {
      backlog = make();
      this.all.set(key, backlog);
    }
    backlog.followers.add(wake);
    return backlog;
  }

  unfollow(backlog: B, wake: () => void): void {
    backlog.followers.delete(wake);
    if (backlog.followers.size > 0 || this.all.get(backlog.key) !== backlog) return;
    backlog.leftAt = backlog.last;
    this.markUsed(backlog);
    let tooMany = this.all.size - this.limits.unfollowed;
    for (const idle of this.all.values()) {
      if (tooMany <= 0) break;
      if (idle.followers.size > 0) continue;
      this.drop(idle);
      tooMany -= 1;
    }
  }

  /** To be called before the first addition of an entry: followers need a moment to read what one entry adds, however much it is. */
  protected trim(backlog: B): void {
    this.bytes -= backlog.trim(this.limits);
  }

  /** To be called with the backlogs to which an entry has added. */
  protected grown(backlogs: ReadonlySet<B>): void {
    for (const backlog of backlogs) {
      for (const wake of backlog.followers) wake();
      if (this.all.get(backlog.key) !== backlog) continue;
      if (backlog.followers.size === 0 && backlog.since > backlog.leftAt) this.drop(backlog);
      else this.markUsed(backlog);
    }
    this.makeRoom(backlogs);
  }

  protected drop(backlog: B): void {
    this.all.delete(backlog.key);
    this.bytes -= backlog.bytes;
  }

  private makeRoom(justAdded: ReadonlySet<B>): void {
    if (this.bytes <= this.limits.bytes) return;
    for (const backlog of this.all.values()) {
      if (this.bytes <= this.limits.bytes) return;
      if (justAdded.has(backlog)) continue;
      if (backlog.followers.size === 0) this.drop(backlog);
      else this.bytes -= backlog.dropOldest(backlog.length);
    }
  }

  private markUsed(backlog: B): void {
    this.all.delete(backlog.key);
    this.all.set(backlog.key, backlog);
  }
}
