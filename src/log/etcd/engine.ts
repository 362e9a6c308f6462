import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptCertificates } from '../../certificates.ts';
import {
  type Appended,
  type Checkpoint,
  type CheckpointWrite,
  type LogEntry,
  LogFailure,
  type LogInfo,
  type LogSpace,
  NoSpace,
  type ServerInfo,
  type SharedLog,
  type Unavailability,
} from '../log.ts';
import { Availability } from './availability.ts';
import { EtcdCheckpoints } from './checkpoints.ts';
import { EtcdClient, EtcdError } from './client.ts';
import { EntryReader, type EntryRevision, type Head, MissingEntries } from './entries.ts';
import { Guard } from './guard.ts';
import { adoptIdentity } from './identity.ts';
import { KeyLayout } from './key-layout.ts';
import { methods, type StatusResponse } from './messages.ts';
import { type EtcdOptions, parseEtcdUrl } from './options.ts';
import { EtcdRegistration } from './registration.ts';
import { SharedRead } from './shared-read.ts';
import { EtcdSpace } from './space.ts';
import { Watch, type WatchCounts } from './watch.ts';
import { Writer } from './writer.ts';

const maxEntryBytes = 512 * 1024;
const checkEvery = 500;
/** How many of these looks come to one at the space. */
const checksToSpace = 10;
const attempts = 5;

/**
 * Opens the log under a prefix of an etcd cluster, making it when there is none. Takes an address as
 * `parseEtcdUrl` reads it, or options. Rejects with an Error that says why the cluster could not be
 * used, or with `LogFailure` when what lies under the prefix is no log that this release knows.
 */
export async function openEtcdLog(
  where: string | EtcdOptions,
  { onCertificates }: { readonly onCertificates?: (kept: KeptCertificates) => void } = {},
): Promise<EtcdLog> {
  const options = typeof where === 'string' ? parseEtcdUrl(where) : where;
  const client = await EtcdClient.create(options);
  if (client.certificates !== null) onCertificates?.(client.certificates);
  try {
    const keys = new KeyLayout(options.prefix);
    const identity = await adoptIdentity(client, keys, options.giveUpAfter);
    const guard = new Guard(client, keys, identity.bytes);
    const head = await new EntryReader(client, keys, guard).head(options.barrier);
    return new EtcdLog(client, keys, options, identity.id, guard, head);
  } catch (error) {
    client.close();
    if (!(error instanceof EtcdError)) throw error;
    throw new Error(`cannot open the log in etcd (${options.endpoints.join(', ')}): ${error.message}`, {
      cause: error,
    });
  }
}

export class EtcdLog implements SharedLog {
  readonly info: LogInfo;
  readonly #client: EtcdClient;
  readonly #keys: KeyLayout;
  readonly #options: EtcdOptions;
  readonly #reader: EntryReader;
  readonly #writer: Writer;
  readonly #checkpoints: EtcdCheckpoints;
  readonly #watch: Watch;
  readonly #availability: Availability;
  readonly #space = new EtcdSpace();
  readonly #heads = new SharedRead(() => this.#readHead());
  readonly #stop = new AbortController();
  readonly #checking: Promise<void>;
  #failure: LogFailure | null = null;
  #appending: Promise<unknown> = Promise.resolve();
  #checkpointing = false;

  /** Use `openEtcdLog`. */
  constructor(
    client: EtcdClient,
    keys: KeyLayout,
    options: EtcdOptions,
    id: string,
    guard: Guard,
    head: Head,
  ) {
    this.#client = client;
    this.#keys = keys;
    this.#options = options;
    this.#reader = new EntryReader(client, keys, guard);
    this.#checkpoints = new EtcdCheckpoints(client, keys, this.#reader, guard);
    this.#availability = new Availability(2 * options.timeout);
    this.#watch = new Watch(
      client,
      keys,
      guard,
      head,
      () => this.#readHead(),
      (failure) => this.#fail(failure),
    );
    this.#writer = new Writer(client, keys, guard, {
      timeout: options.timeout,
      giveUpAfter: options.giveUpAfter,
      maxEntryBytes,
      onTry: (trouble) => this.#note(trouble),
    });
    this.info = {
      id,
      kind: 'etcd',
      durability: 'cluster',
      location: `${options.tls ? 'etcds' : 'etcd'}://${options.endpoints.join(',')}/${options.prefix}`,
      exclusive: false,
      checkpoints: 'full',
      maxEntryBytes,
    };
    this.#checking = this.#check();
  }

  /** Since when the cluster has not answered, and the last error; null while it does. */
  get unavailable(): Unavailability | null {
    return this.#availability.lost;
  }

  /** How often the watch was repaired, for metrics and tests. */
  get counts(): Readonly<WatchCounts> {
    return this.#watch.counts;
  }

  append(entry: Uint8Array, asOf?: number): Promise<Appended> {
    const appending = this.#appending.then(async () => {
      this.#usable();
      const appended = await this.#writer.append(entry, asOf);
      if (appended.ok) this.#watch.expect(appended.index);
      if (appended.ok || appended.reason === 'no-space')
        this.#space.answered(appended.ok ? null : appended.detail);
      return appended;
    });
    this.#appending = appending.catch((error) => this.#fail(error));
    return appending;
  }

  async *entries(from: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, undefined> {
    if (!Number.isSafeInteger(from) || from < 1)
      throw new RangeError(`entries are numbered from 1, not ${from}`);
    let next = from;
    let anchor: EntryRevision | null = null;
    for (let failures = 0; !signal.aborted; ) {
      this.#usable();
      if (next > this.#watch.index) {
        await this.#watch.grown(signal);
        continue;
      }
      const recent = this.#watch.recent(next);
      try {
        anchor ??= recent ? null : await this.#checkpoints.anchor(next);
        for await (const { index, revision, bytes } of recent ?? this.#reader.read(next, anchor!)) {
          if (signal.aborted) return;
          this.#usable();
          yield { index, bytes };
          next = index + 1;
          anchor = { index, revision };
          failures = 0;
        }
      } catch (error) {
        anchor = null;
        await this.#outlast(error, ++failures, signal);
      }
    }
  }

  async head(): Promise<number> {
    this.#usable();
    return (await this.#heads.next()).index;
  }

  async checkpoint(checkpoint: CheckpointWrite): Promise<void> {
    this.#usable();
    if (!checkpoint.full) throw new Error('a checkpoint in etcd names every key');
    if (this.#checkpointing) throw new Error('a checkpoint is already being written');
    this.#checkpointing = true;
    try {
      this.#watch.trim(await this.#checkpoints.write(checkpoint));
    } catch (error) {
      if (error instanceof LogFailure) throw this.#fail(error);
      throw error instanceof EtcdError && error.code === 'no-space' ? new NoSpace(error.message) : error;
    } finally {
      this.#checkpointing = false;
    }
  }

  async restore(): Promise<Checkpoint | null> {
    this.#usable();
    return this.#checkpoints.restore();
  }

  /**
   * An append whose outcome is still unknown `giveUpAfter` from when it began rejects with
   * `LogFailure`: closing does not wait for a cluster that may never come back.
   */
  async close(): Promise<void> {
    this.#writer.stop();
    await this.#appending;
    const first = !this.#stop.signal.aborted;
    this.#failure ??= new LogFailure('the log is closed');
    this.#stop.abort();
    this.#watch.stop();
    if (first) await this.#writer.close();
    this.#client.close();
    await this.#checking;
  }

  register(server: ServerInfo): EtcdRegistration {
    this.#usable();
    return new EtcdRegistration(this.#client, this.#keys, server);
  }

  get space(): LogSpace {
    return this.#space.now;
  }

  /** The member that answers now: its release, its database in bytes, and what is wrong with it. */
  async status(): Promise<StatusResponse> {
    this.#usable();
    const status = await this.#client.repeat(methods.status, {});
    this.#space.reported(status);
    return status;
  }

  /** Twice a second: does the cluster answer, is the history still ours, does the watch keep up? And is there space? */
  async #check(): Promise<void> {
    const { signal } = this.#stop;
    for (let looks = 0; !signal.aborted; looks++) {
      try {
        await this.#heads.next();
        if (looks % checksToSpace === 0) await this.status();
      } catch (error) {
        if (error instanceof LogFailure) return;
      }
      await sleep(checkEvery, undefined, { signal }).catch(() => {});
    }
  }

  async #readHead(): Promise<Head> {
    this.#usable();
    try {
      const head = await this.#reader.head(this.#options.barrier);
      this.#note(null);
      this.#watch.expect(head.index);
      return head;
    } catch (error) {
      if (error instanceof EtcdError) this.#note(error);
      throw error instanceof LogFailure ? this.#fail(error) : error;
    }
  }

  #note(trouble: EtcdError | null): void {
    if (trouble === null) this.#availability.answered();
    else if (trouble.code === 'denied') this.#availability.refused(trouble);
    else this.#availability.unanswered(trouble);
  }

  /** Waits before a reader tries again; throws what a retry cannot cure. */
  async #outlast(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (error instanceof MissingEntries) {
      if (failures >= attempts)
        throw this.#fail(new LogFailure(`etcd: entries are missing: ${error.message}`));
    } else if (!(error instanceof EtcdError)) {
      throw error instanceof LogFailure ? this.#fail(error) : error;
    }
    await sleep(this.#client.pause(failures), undefined, { signal }).catch(() => {});
  }

  #usable(): void {
    if (this.#failure) throw this.#failure;
  }

  /** The first failure stands: nothing works after it. */
  #fail(error: unknown): LogFailure {
    const failure =
      error instanceof LogFailure ? error : new LogFailure('etcd: unexpected', { cause: error });
    this.#failure ??= failure;
    this.#watch.stop();
    return this.#failure;
  }
}
