import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdClient } from './client.ts';
import { type Keys, utf8 } from './keys.ts';
import { methods, when } from './messages.ts';

export interface LeadOptions {
  /** Seconds without renewal after which another server may lead. Default 5. */
  readonly ttl?: number;
  /** Called when this server begins or ceases to lead. */
  readonly onChange?: (leading: boolean) => void;
}

/**
 * One server's part in the election of the one that ticks and checkpoints, held by a lease. It saves
 * work and guards nothing: two leaders, or none, must be harmless, since a lease can end or live on
 * without its holder knowing.
 */
export class Candidate {
  readonly #client: EtcdClient;
  readonly #keys: Keys;
  readonly #server: string;
  readonly #ttl: number;
  readonly #onChange: (leading: boolean) => void;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #lease: number | null = null;
  #until = 0;
  #told = false;

  constructor(client: EtcdClient, keys: Keys, server: string, options: LeadOptions = {}) {
    this.#client = client;
    this.#keys = keys;
    this.#server = server;
    this.#ttl = options.ttl ?? 5;
    this.#onChange = options.onChange ?? (() => {});
    this.#running = this.#run();
  }

  /** True while the last confirmed renewal, counted from when it was sent, has not run out. */
  get leading(): boolean {
    return performance.now() < this.#until;
  }

  /** Stops standing; a leader steps down at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#until = 0;
    this.#tell();
    if (this.#lease !== null)
      await this.#client.call(methods.leaseRevoke, { id: this.#lease }).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const sentAt = performance.now();
      const held = await (this.#lease === null ? this.#stand() : this.#renew(this.#lease)).catch(() => null);
      if (held) this.#until = sentAt + this.#ttl * 1000;
      else if (held === false) this.#until = 0;
      if (!this.leading) this.#lease = null;
      this.#tell();
      await sleep((this.#ttl * 1000) / 3, undefined, { signal }).catch(() => {});
    }
  }

  /** Takes the lead if nobody has it. */
  async #stand(): Promise<boolean> {
    const { kvs } = await this.#client.repeat(methods.range, { key: this.#keys.leader });
    if (kvs.length > 0) return false;
    const id = randomInt(1, 2 ** 48 - 1);
    await this.#client.call(methods.leaseGrant, { id, ttl: this.#ttl });
    const { succeeded } = await this.#client.call(methods.txn, {
      compare: [when.version(this.#keys.leader, 0)],
      success: [{ put: { key: this.#keys.leader, value: utf8(this.#server), lease: id } }],
      failure: [],
    });
    if (succeeded) this.#lease = id;
    else await this.#client.call(methods.leaseRevoke, { id });
    return succeeded;
  }

  /** False when the lease has ended; rejects when nobody answers. */
  async #renew(id: number): Promise<boolean> {
    const { stream, member } = await this.#client.stream(methods.leaseKeepAlive);
    const deadline = setTimeout(() => stream.cancel(), (this.#ttl * 1000) / 3);
    try {
      return await new Promise<boolean>((resolve, reject) => {
        stream.on('data', (reply: { ttl: number }) => resolve(reply.ttl > 0));
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the stream ended')));
        stream.write({ id });
      });
    } catch (error) {
      this.#client.rotate(member);
      throw error;
    } finally {
      clearTimeout(deadline);
      stream.cancel();
    }
  }

  #tell(): void {
    if (this.leading === this.#told) return;
    this.#told = this.leading;
    this.#onChange(this.#told);
  }
}
