import { type Due, dueDeliveries } from '../core/group/deliveries.ts';
import type { Webhook } from '../core/group/webhook-list.ts';
import { messageId, signingSecrets } from '../core/view/webhook.ts';
import type { Replica } from '../replica/replica.ts';
import { type Attempted, attempt, type SenderParts } from './attempt.ts';
import { messageText } from './message.ts';
import { type SigningKey, signed } from './sign.ts';

export interface DelivererParts {
  readonly replica: Replica;
  /** Name of this process among those that deliver. */
  readonly server: string;
  readonly logId: string;
  /** Whether this server begins at once; the others leave it a head start. */
  readonly leads: () => boolean;
  readonly sender: SenderParts;
  readonly key: SigningKey | null;
  /** Gets what each attempt came to. */
  readonly attempted?: (result: 'delivered' | 'failed' | 'gone', seconds: number) => void;
}

/** Attempts at the same time, and of them with one host: another is left a turn when that one does not answer. */
const atOnce = 8;
const withOneHost = 6;
/** Of how many that are due the next is chosen: looking at more would take too long. */
const lookedAt = 200;
/** How long, ms of log time, no other server delivers; it is asked for again when less than `renewMs` is left. */
const leaseMs = 10_000;
const renewMs = 5000;
const headStartMs = 500;
/** The longest timer: log time is read again after it. */
const longestTimerMs = 5000;
/** What could not be recorded is tried again after this time. */
const retryAfterMs = 1000;
/** How long attempts may go on when the server stops, and how long the log may take to note that it delivers no more. */
const graceMs = 2000;

/**
 * Delivers what the log says is due, while this server holds the lease on delivering, and records what came of each attempt. A
 * receiver may get a delivery twice, under the same id: when a server ends between the request and the record. [Q11.5] [Q11.7]
 */
export class Deliverer {
  private readonly o: DelivererParts;
  /** Webhooks with an attempt under way, or one that is being recorded, by `made`. */
  private readonly busy = new Map<number, UnderWay>();
  private readonly end = new AbortController();
  private running = false;
  private taking = false;
  private woken = false;
  private cancel: () => void = () => {};

  constructor(parts: DelivererParts) {
    this.o = parts;
  }

  begin(): void {
    this.running = true;
    this.look();
  }

  /** To be called right after each entry was applied. */
  applied(): void {
    if (this.woken || !this.running || this.o.replica.state.undelivered.next === Infinity) return;
    this.woken = true;
    this.o.replica.surroundings.soon(() => {
      this.woken = false;
      this.look();
    });
  }

  /**
   * Begins nothing any more, gives what is under way a moment to come to its end, and gives the lease back: another server goes
   * on at once.
   */
  async stop(): Promise<void> {
    const wasRunning = this.running;
    this.running = false;
    this.cancel();
    await this.inGrace(Promise.all(Array.from(this.busy.values(), ({ over }) => over)));
    this.end.abort();
    if (wasRunning) await this.inGrace(this.giveBack());
  }

  /** A lease of no time is over at once. It is asked for behind one that may still be on its way into the log. */
  private async giveBack(): Promise<void> {
    const { replica, server } = this.o;
    const isHeld = this.holds() && (replica.state.delivering?.until ?? 0) > replica.logTime;
    if (!isHeld && !this.taking) return;
    // Where that fails, the lease runs out by itself.
    await replica.submit({ type: 'take-deliveries', server, lease: 0 }, () => {}).catch(() => {});
  }

  private inGrace(work: Promise<unknown>): Promise<void> {
    return new Promise<void>((resolve) => {
      const cancel = this.o.replica.surroundings.after(graceMs, resolve);
      void work.then(() => {
        cancel();
        resolve();
      });
    });
  }

  private look(): void {
    const { replica, leads } = this.o;
    const { undelivered, delivering } = replica.state;
    if (!this.running || undelivered.next === Infinity) return;
    const now = replica.logTime;
    const left = (delivering?.until ?? 0) - now;
    if (undelivered.next > now) this.lookIn(undelivered.next - now);
    else if (!this.holds() && left > 0) this.lookIn(left + (leads() ? 0 : headStartMs));
    else {
      if (left > 0) this.sendDue(now);
      // Restored groups are read a few at a time, between other work.
      if (left > 0 && undelivered.next === 0) this.applied();
      if (left > renewMs) this.lookIn(left - renewMs);
      else if (!this.taking) this.take();
    }
  }

  /** Looks again after so many ms, or when something has been applied. */
  private lookIn(ms: number): void {
    this.cancel();
    this.cancel = this.o.replica.surroundings.after(Math.min(ms, longestTimerMs), () => this.look());
  }

  /** Whether it is this server that delivers. */
  get delivers(): boolean {
    return this.running && this.holds();
  }

  private holds(): boolean {
    return this.o.replica.state.delivering?.server === this.o.server;
  }

  /** Asks for the lease. A server that did not have it last waits a moment, unless it leads. */
  private take(): void {
    const { replica, server, leads } = this.o;
    const command = { type: 'take-deliveries', server, lease: leaseMs } as const;
    const over = (): void => {
      this.taking = false;
      this.look();
    };
    this.taking = true;
    replica.surroundings.after(this.holds() || leads() ? 0 : headStartMs, () => {
      const { delivering } = replica.state;
      const isHeld = !this.holds() && (delivering?.until ?? 0) > replica.logTime;
      if (!this.running || isHeld) return over();
      replica.submit(command, () => {}).then(over, () => replica.surroundings.after(retryAfterMs, over));
    });
  }

  /** Sends what is due, the oldest first, but rather to hosts with which fewer attempts are under way. */
  private sendDue(now: number): void {
    const waiting: Due[] = [];
    for (const due of dueDeliveries(this.o.replica.state, now)) {
      if (this.busy.size >= atOnce || waiting.length >= lookedAt) break;
      if (!this.busy.has(due.webhook.made)) waiting.push(due);
    }
    while (this.busy.size < atOnce && waiting.length > 0) {
      const counts = waiting.map(({ webhook }) => this.busyWith(originOf(webhook)));
      const fewest = Math.min(...counts);
      if (fewest >= withOneHost) return;
      this.sendOne(...(waiting.splice(counts.indexOf(fewest), 1) as [Due]));
    }
  }

  private sendOne(due: Due): void {
    const { made } = due.webhook;
    const over = this.send(due).finally(() => {
      this.busy.delete(made);
      this.applied();
    });
    this.busy.set(made, { origin: originOf(due.webhook), over });
  }

  private busyWith(origin: string): number {
    let count = 0;
    for (const one of this.busy.values()) if (one.origin === origin) count += 1;
    return count;
  }

  /** One attempt, and the record of what came of it. */
  private async send({ group, webhook, delivery }: Due): Promise<void> {
    const { replica, logId, key, sender } = this.o;
    const { fence } = replica.state.delivering as { readonly fence: number };
    const id = messageId(webhook, delivery, logId);
    const body = messageText(delivery, webhook.settings.format);
    const headers = (): Record<string, string> => ({
      'content-type': 'application/json',
      'user-agent': 'quorate',
      ...signed(
        { id, body, secrets: signingSecrets(webhook, replica.logTime) },
        key,
        replica.surroundings.now(),
      ),
    });
    const { signal } = this.end;
    const began = replica.surroundings.elapsed();
    const came = await attempt(sender, { url: webhook.settings.url, headers, body, signal });
    if (signal.aborted) return;
    const result = came.ok ? 'delivered' : came.gone ? 'gone' : 'failed';
    this.o.attempted?.(result, (replica.surroundings.elapsed() - began) / 1000);
    const about = {
      ...{ group: group?.name ?? null, id: webhook.id, made: webhook.made },
      ...{ number: delivery.number, attempt: delivery.attempts + 1, fence },
    };
    await this.record(about, came);
  }

  /** Records until it is recorded: a delivery that is not would be sent again. */
  private async record(about: About, came: Attempted): Promise<void> {
    const { replica } = this.o;
    const { error, retryAfter, gone } = came.ok ? { error: '', retryAfter: null, gone: false } : came;
    const command = came.ok
      ? ({ type: 'delivered', ...about } as const)
      : ({ type: 'delivery-failed', ...about, error, retryAfter, gone } as const);
    while (!this.end.signal.aborted) {
      try {
        return await replica.submit(command, () => {});
      } catch {
        await new Promise<void>((resolve) => replica.surroundings.after(retryAfterMs, resolve));
      }
    }
  }
}

/** An attempt, and the record of what came of it. */
interface UnderWay {
  readonly origin: string;
  readonly over: Promise<void>;
}

/** Scheme, host and port. */
function originOf({ settings }: Webhook): string {
  return settings.url.split('/', 3).join('/');
}

interface About {
  readonly group: string | null;
  readonly id: string;
  readonly made: number;
  readonly number: number;
  readonly attempt: number;
  readonly fence: number;
}
