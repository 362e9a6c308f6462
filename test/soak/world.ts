import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, connect, type QuorateError } from '../../src/client/index.ts';
import { Ledger } from './ledger.ts';
import type { SoakReceiver } from './receiver.ts';

export interface WorldOptions {
  readonly lane: string;
  /** Of the proxies before the servers. */
  readonly urls: readonly string[];
  readonly receiver: SoakReceiver;
  readonly random: () => number;
  /** How long a group is used before it is deleted and another takes its place, ms; less in the warm-up. */
  readonly lifeMs: number;
  readonly warmUpMs: number;
}

/** How much faster the load is in the warm-up: what has a bound is then full, and all code compiled, before growth is judged. */
const haste = 8;

/** What the load of one lane shares. */
export class World {
  readonly ledger = new Ledger();
  /** Promises that were seen broken. */
  readonly violations: string[] = [];
  /** Errors that a caller must expect under faults, by their code, and how often they came. */
  readonly expected: Record<string, number> = {};
  readonly options: WorldOptions;
  private readonly began = performance.now();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];
  private readonly asides = new Set<Promise<void>>();

  constructor(options: WorldOptions) {
    this.options = options;
    setMaxListeners(0, this.signal);
  }

  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** How long a group that begins now is used, ms. */
  get lifeMs(): number {
    return this.options.lifeMs / this.pace;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** A client that begins with any of the servers. */
  client(): Client {
    const { urls, random } = this.options;
    const first = Math.floor(random() * urls.length);
    return connect({ urls: [...urls.slice(first), ...urls.slice(0, first)], random });
  }

  violated(what: string): void {
    if (this.violations.length < 100) this.violations.push(`${this.options.lane}: ${what}`);
  }

  /** Does a part of the load again and again until the end. What goes wrong in it is a violation, but for what faults may bring. */
  begin(name: string, part: (generation: number) => Promise<void>): void {
    const again = async (): Promise<void> => {
      for (let generation = 1; !this.isOver; generation += 1) {
        try {
          await part(generation);
        } catch (error) {
          this.failed(`${name} ${generation}`, error);
          await this.rest(500);
        }
      }
    };
    this.running.push(again());
  }

  /** Something that goes on beside a part, and ends with its group. */
  aside(name: string, work: Promise<void>): void {
    const ended = work.catch((error: unknown) => {
      // Deleted while the connection was away.
      if ((error as Partial<QuorateError>).code !== 'group-not-found') this.failed(name, error);
    });
    this.asides.add(ended);
    void ended.then(() => this.asides.delete(ended));
  }

  /** Resolves once every part has come to its end, which it does soon. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the soak is over'));
    await Promise.all(this.running);
    await Promise.all(this.asides);
  }

  async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.signal }).catch(() => undefined);
  }

  /** Up to `ms`, by chance; less in the warm-up. */
  async linger(ms: number): Promise<void> {
    await this.rest((this.options.random() * ms) / this.pace);
  }

  private get pace(): number {
    return performance.now() - this.began < this.options.warmUpMs ? haste : 1;
  }

  private failed(where: string, error: unknown): void {
    if (this.isOver && error === this.signal.reason) return;
    const { code } = error as Partial<QuorateError>;
    if (code !== undefined && mayCome.has(code)) this.expected[code] = (this.expected[code] ?? 0) + 1;
    else this.violated(`${where}: ${code ?? ''} ${error instanceof Error ? error.message : error}`);
  }
}

/** A server that stood still for longer than a lease, or was away for longer than the client's patience. */
const mayCome = new Set(['lease-lost', 'claim-lost', 'unreachable', 'expelled', 'deadline']);
