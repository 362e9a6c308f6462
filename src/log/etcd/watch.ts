import { setTimeout as sleep } from 'node:timers/promises';
import { LogFailure } from '../log.ts';
import type { EtcdClient } from './client.ts';
import { type Head, plain, type StoredEntry } from './entries.ts';
import type { Guard } from './guard.ts';
import { type KeyLayout, text } from './key-layout.ts';
import { type KeyValue, methods, type WatchRequest, type WatchResponse, withoutDeletes } from './messages.ts';

const keepBytes = 8 * 1024 * 1024;
/** ms of silence after which a stream is left that should have told something, or whose member calls turned away from. */
const quietFor = 200;
const longestPatience = 4000;

/** How often each repair was made: a test in which one stays zero has not tested it. */
export interface WatchCounts {
  streams: number;
  gaps: number;
  duplicates: number;
  compacted: number;
  silent: number;
  fragments: number;
}

/**
 * The live end of the log: one watch for every reader. It resumes after the last entry it passed
 * on, never after what the store says it has sent, and trusts only the index: an entry seen before
 * is dropped, a missing one empties the buffer, so that readers fetch what they lack from the store. A new stream may
 * come from a store that was replaced meanwhile: nothing is taken from it before the history is known to be the same.
 */
export class Watch {
  readonly counts: WatchCounts = {
    streams: 0,
    gaps: 0,
    duplicates: 0,
    compacted: 0,
    silent: 0,
    fragments: 0,
  };
  readonly #client: EtcdClient;
  readonly #keys: KeyLayout;
  readonly #guard: Guard;
  readonly #readHead: () => Promise<Head>;
  readonly #fail: (failure: LogFailure) => void;
  #index: number;
  #revision: number;
  #recent: StoredEntry[] = [];
  #recentBytes = 0;
  #half: { revision: number; index?: number; key?: Uint8Array; bytes?: Uint8Array } = { revision: 0 };
  #heardAt = 0;
  #openedAt = 0;
  #expected = 0;
  /** ms that a stream may be silent for; more after each that brought nothing, which may only have had a long way. */
  #patience = quietFor;
  #looking: ReturnType<typeof setTimeout> | null = null;
  #cancel: (() => void) | null = null;
  #member = -1;
  #stopped = false;
  readonly #waiting = new Set<() => void>();

  /** Starts watching after `head`. `fail` is told when what arrives contradicts what came before. */
  constructor(
    client: EtcdClient,
    keys: KeyLayout,
    guard: Guard,
    head: Head,
    readHead: () => Promise<Head>,
    fail: (failure: LogFailure) => void,
  ) {
    this.#client = client;
    this.#keys = keys;
    this.#guard = guard;
    this.#readHead = readHead;
    this.#fail = fail;
    this.#index = head.index;
    this.#revision = head.at;
    client.onTurn = (failed) => {
      if (failed !== this.#member || Date.now() - this.#heardAt <= quietFor || !this.#cancel) return;
      this.counts.silent++;
      this.#cancel();
    };
    void this.#run();
  }

  /** Index of the last entry known to be in the log. */
  get index(): number {
    return this.#index;
  }

  /** The buffered entries from `index` on, or null when some of them are not in the buffer. */
  recent(index: number): readonly StoredEntry[] | null {
    const first = this.#recent[0];
    return first && index >= first.index ? this.#recent.slice(index - first.index) : null;
  }

  /** Forgets the entries up to `index`, which were trimmed from the store. */
  trim(index: number): void {
    const first = this.#recent[0]?.index ?? index + 1;
    for (const entry of this.#recent.splice(0, Math.max(0, index + 1 - first)))
      this.#recentBytes -= entry.bytes.length + 100;
  }

  /** Resolves when there may be more entries, when `signal` aborts, or when the feed stops. */
  grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      if (signal.aborted || this.#stopped) return resolve();
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** Told that the log has an entry `index`: leaves a stream that stays silent about it. */
  expect(index: number): void {
    this.#expected = Math.max(this.#expected, index);
    if (this.#expected <= this.#index || this.#looking !== null || this.#stopped) return;
    this.#looking = setTimeout(() => {
      this.#looking = null;
      const silence = Date.now() - Math.max(this.#heardAt, this.#openedAt);
      if (this.#expected > this.#index && silence >= this.#patience && this.#cancel) {
        this.counts.silent++;
        this.#patience = Math.min(longestPatience, 2 * this.#patience);
        this.#cancel();
      }
      this.expect(this.#expected);
    }, this.#patience);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#looking !== null) clearTimeout(this.#looking);
    this.#cancel?.();
    this.#wake();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopped; failures++) {
      const heardAt = this.#heardAt;
      const member = this.#client.current;
      try {
        if ((await this.#watch()) === 'compacted') await this.#jump();
      } catch (error) {
        if (error instanceof LogFailure) this.#fail(error);
      }
      if (this.#stopped) return;
      if (this.#heardAt !== heardAt) failures = 0;
      this.#client.rotate(member);
      await sleep(Math.max(20, this.#client.pause(failures)));
    }
  }

  /** One stream, until it ends for whatever reason. */
  async #watch(): Promise<'ended' | 'compacted'> {
    this.#half = { revision: 0 };
    const { stream, member } = await this.#client.stream<WatchRequest, WatchResponse>(methods.watch);
    this.#member = member;
    this.#openedAt = Date.now();
    this.counts.streams++;
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (how: 'ended' | 'compacted' | LogFailure) => {
        if (over) return;
        over = true;
        this.#cancel = null;
        stream.cancel();
        if (how instanceof LogFailure) reject(how);
        else resolve(how);
      };
      let parts: WatchResponse['events'] = [];
      stream.on('error', () => end('ended'));
      stream.on('end', () => end('ended'));
      stream.on('data', (response: WatchResponse) => {
        if (over) return;
        if (response.canceled) return end(response.compactRevision > 0 ? 'compacted' : 'ended');
        if (response.created) {
          stream.pause();
          this.#readHead().then(
            () => stream.resume(),
            (error) => end(error instanceof LogFailure ? error : 'ended'),
          );
          return;
        }
        parts = parts.length > 0 ? parts.concat(response.events) : response.events;
        if (response.fragment) {
          this.counts.fragments++;
          return;
        }
        const events = parts;
        parts = [];
        try {
          for (const event of events) this.#take(event.kv);
        } catch (error) {
          end(
            error instanceof LogFailure
              ? error
              : new LogFailure('etcd: a watch event is unreadable', { cause: error }),
          );
        }
        if (events.length > 0) this.#wake();
      });
      this.#cancel = () => end('ended');
      if (this.#stopped) return end('ended');
      stream.write({
        create: {
          ...this.#keys.log,
          startRevision: this.#revision + 1,
          filters: [withoutDeletes],
          fragment: true,
        },
      });
    });
  }

  /** An entry is whole when both its keys of one revision have come: its bytes and its number. */
  #take(kv: KeyValue): void {
    this.#heardAt = Date.now();
    this.#patience = quietFor;
    if (this.#half.revision !== kv.modRevision) this.#half = { revision: kv.modRevision };
    if (text(kv.key) === text(this.#keys.head)) this.#half.index = kv.version;
    else Object.assign(this.#half, { key: kv.key, bytes: plain(kv.value) });
    const { revision, index, key, bytes } = this.#half;
    if (index === undefined || key === undefined || bytes === undefined) return;
    this.#deliver({ index, revision, bytes });
    this.#guard.saw({ index, revision, key });
  }

  #deliver(entry: StoredEntry): void {
    if (entry.revision <= this.#revision) {
      this.#duplicate(entry);
      return;
    }
    if (entry.index <= this.#index) {
      throw new LogFailure(`etcd: entry ${entry.index} was written after entry ${this.#index}`);
    }
    if (entry.index > this.#index + 1) {
      this.counts.gaps++;
      this.#recent = [];
      this.#recentBytes = 0;
    }
    this.#index = entry.index;
    this.#revision = entry.revision;
    this.#recent.push(entry);
    this.#recentBytes += entry.bytes.length + 100;
    if (this.#recentBytes > keepBytes) this.#forget();
  }

  #duplicate(entry: StoredEntry): void {
    this.counts.duplicates++;
    const known = this.recent(entry.index)?.[0];
    if (known && (known.revision !== entry.revision || Buffer.compare(known.bytes, entry.bytes) !== 0)) {
      throw new LogFailure(`etcd: entry ${entry.index} came twice with different contents`);
    }
  }

  // Dropping half at a time keeps the cost per entry constant.
  #forget(): void {
    let drop = 0;
    while (drop < this.#recent.length - 1 && this.#recentBytes > keepBytes / 2) {
      this.#recentBytes -= this.#recent[drop]!.bytes.length + 100;
      drop++;
    }
    this.#recent.splice(0, drop);
  }

  /** The revisions to resume from are gone: goes on from the head, and readers fetch the rest. */
  async #jump(): Promise<void> {
    this.counts.compacted++;
    const head = await this.#readHead();
    if (head.index < this.#index) return;
    if (head.index > this.#index) {
      this.#recent = [];
      this.#recentBytes = 0;
    }
    this.#index = head.index;
    this.#revision = head.at;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
