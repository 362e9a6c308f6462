import { setTimeout as sleep } from 'node:timers/promises';
import { LogFailure } from '../log.ts';
import { RecentEntries } from '../recent.ts';
import { type Head, plain, type StoredEntry } from './entries.ts';
import type { Guard } from './guard.ts';
import { text } from './key-layout.ts';
import type { KeyValue } from './messages.ts';
import { openWatchStream, type WatchStream } from './watch-stream.ts';

const keepBytes = 8 * 1024 * 1024;
/** ms without an event after which a stream is left when there is an entry that it has not brought, or calls have left its member. */
const quietMs = 200;
const longestPatienceMs = 4000;

/** How often each repair was made: a test in which one stays zero has not tested it. */
export interface WatchCounts {
  streams: number;
  gaps: number;
  duplicates: number;
  compacted: number;
  silent: number;
  fragments: number;
}

export interface WatchOptions {
  readonly guard: Guard;
  /** Where to start: after this. */
  readonly head: Head;
  readonly readHead: () => Promise<Head>;
  /** Called when what arrives contradicts what came before. */
  readonly fail: (failure: LogFailure) => void;
}

/**
 * The end of the log as this server sees it: one watch for all readers. It resumes after the last entry that it has,
 * never after what the store says it has sent, and trusts only the index: an entry seen before is dropped, a missing one
 * empties the buffer, so that readers fetch what they lack from the store. A new stream may come from a store that was
 * replaced: nothing is taken from it before the guard has seen that the log is the same.
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
  readonly recent = new RecentEntries<StoredEntry>(keepBytes);
  readonly #options: WatchOptions;
  #index: number;
  #revision: number;
  /** What has come of an entry's two keys: see `#take`. */
  #half: { revision: number; index?: number; key?: Uint8Array; bytes?: Uint8Array } = { revision: 0 };
  #stream: WatchStream | null = null;
  #heardAt = 0;
  #openedAt = 0;
  #expected = 0;
  /** ms without an event after which a stream is left; longer after each that brought nothing, as on a slow network. */
  #patience = quietMs;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#index = options.head.index;
    this.#revision = options.head.at;
    options.guard.client.onLeft = (member) => {
      if (member !== this.#stream?.member || Date.now() - this.#heardAt <= quietMs) return;
      this.#leave();
    };
    void this.#run();
  }

  /** Index of the last entry known to be in the log. */
  get index(): number {
    return this.#index;
  }

  /** Resolves when there may be more entries, when `signal` aborts, or when the watch stops. */
  async more(signal: AbortSignal): Promise<void> {
    if (!this.#stopped) await this.recent.more(signal);
  }

  /** Takes note that the log has an entry `index`: a stream that does not bring it in time is left. */
  expect(index: number): void {
    this.#expected = Math.max(this.#expected, index);
    if (this.#expected <= this.#index || this.#timer !== null || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const silence = Date.now() - Math.max(this.#heardAt, this.#openedAt);
      if (this.#expected > this.#index && silence >= this.#patience && this.#stream) {
        this.#patience = Math.min(longestPatienceMs, 2 * this.#patience);
        this.#leave();
      }
      this.expect(this.#expected);
    }, this.#patience);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stream?.cancel();
    this.recent.wake();
  }

  #leave(): void {
    this.counts.silent++;
    this.#stream?.cancel();
  }

  async #run(): Promise<void> {
    const { guard, fail } = this.#options;
    const { client } = guard;
    for (let failures = 0; !this.#stopped; failures++) {
      const heardAt = this.#heardAt;
      const member = client.current;
      try {
        if ((await this.#follow()) === 'compacted') await this.#jump();
      } catch (error) {
        if (error instanceof LogFailure) fail(error);
      }
      if (this.#stopped) return;
      if (this.#heardAt !== heardAt) failures = 0;
      client.rotate(member);
      await sleep(Math.max(20, client.pause(failures)));
    }
  }

  /** Takes entries from one stream until it ends, for whatever reason. */
  async #follow(): Promise<'ended' | 'compacted'> {
    const { guard, readHead } = this.#options;
    this.#half = { revision: 0 };
    const stream = await openWatchStream({
      client: guard.client,
      keys: guard.keys,
      startRevision: this.#revision + 1,
      onOpened: readHead,
      onEvents: (written) => {
        for (const kv of written) this.#take(kv);
        if (written.length > 0) this.recent.wake();
      },
      onFragment: () => this.counts.fragments++,
    });
    this.#stream = stream;
    this.#openedAt = Date.now();
    this.counts.streams++;
    if (this.#stopped) stream.cancel();
    return stream.ended.finally(() => {
      this.#stream = null;
    });
  }

  /** An entry is whole when both keys of its revision have come: its own, which has the bytes, and the head, which counts. */
  #take(kv: KeyValue): void {
    const { guard } = this.#options;
    this.#heardAt = Date.now();
    this.#patience = quietMs;
    if (this.#half.revision !== kv.modRevision) this.#half = { revision: kv.modRevision };
    if (text(kv.key) === text(guard.keys.head)) this.#half.index = kv.version;
    else Object.assign(this.#half, { key: kv.key, bytes: plain(kv.value) });
    const { revision, index, key, bytes } = this.#half;
    if (index === undefined || key === undefined || bytes === undefined) return;
    this.#deliver({ index, revision, bytes });
    guard.saw({ index, revision, key });
  }

  #deliver(entry: StoredEntry): void {
    if (entry.revision <= this.#revision) {
      this.#checkDuplicate(entry);
      return;
    }
    if (entry.index <= this.#index)
      throw new LogFailure(`etcd: entry ${entry.index} was written after entry ${this.#index}`);
    if (entry.index > this.#index + 1) {
      this.counts.gaps++;
      this.recent.clear();
    }
    this.#index = entry.index;
    this.#revision = entry.revision;
    this.recent.push(entry);
  }

  /** An entry that came before is dropped; it must be the same. */
  #checkDuplicate(entry: StoredEntry): void {
    this.counts.duplicates++;
    const known = this.recent.from(entry.index)?.[0];
    if (known && (known.revision !== entry.revision || Buffer.compare(known.bytes, entry.bytes) !== 0))
      throw new LogFailure(`etcd: entry ${entry.index} came twice with different contents`);
  }

  /** Goes on from the head after the revisions to resume from were compacted; readers fetch what is missing. */
  async #jump(): Promise<void> {
    this.counts.compacted++;
    const head = await this.#options.readHead();
    if (head.index < this.#index) return;
    if (head.index > this.#index) this.recent.clear();
    this.#index = head.index;
    this.#revision = head.at;
    this.recent.wake();
  }
}
