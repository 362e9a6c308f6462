import type { Command } from '../../src/core/entry.ts';
import type { Webhook } from '../../src/core/group/webhook-list.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

const second = 1000;
const hour = 3600 * second;

/** How long after each failed attempt the next is due, at least. [Q11.6] */
const waits = [
  5 * second,
  300 * second,
  1800 * second,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour),
];

/** One thing that a webhook is told, as the model has it. */
export interface ModelDelivery {
  readonly about: string;
  readonly key: string | null;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  /** Between which moments the next attempt is due. */
  from: number;
  to: number;
  hasError: boolean;
}

/** A webhook: how it was put last, and everything that it was ever told. Histories are too short for its limits. */
export class ModelHook {
  put: Of<'put-webhook'>;
  secret: string;
  former: { readonly secret: string; readonly until: number } | null = null;
  disabled: string | null = null;
  readonly told: ModelDelivery[] = [];

  constructor(put: Of<'put-webhook'>) {
    this.put = put;
    this.secret = put.secret;
  }

  add(about: string, now: number, key: string | null = null): void {
    const fresh = { state: 'pending', attempts: 0, from: now, to: now, hasError: false } as const;
    this.told.push({ about, key, ...fresh });
  }

  /** Whether putting it so changes anything. [Q11.1] [Q11.3] */
  change(put: Of<'put-webhook'>, now: number): boolean {
    const secret = put.keepSecret ? this.secret : put.secret;
    const text = ({ url, states, format }: Of<'put-webhook'>) => `${url} ${states} ${format}`;
    const isSame = text(put) === text(this.put) && secret === this.secret && this.disabled === null;
    if (secret !== this.secret) this.former = { secret: this.secret, until: now + 24 * hour };
    this.put = put;
    this.secret = secret;
    this.disabled = null;
    return !isSame;
  }

  secrets(now: number): string[] {
    return this.former !== null && now < this.former.until
      ? [this.secret, this.former.secret]
      : [this.secret];
  }

  /** Is sent anew, or, where it waits, at once. [Q11.9] */
  again(delivery: ModelDelivery, now: number): void {
    if (delivery.state !== 'pending') delivery.attempts = 0;
    Object.assign(delivery, { state: 'pending', from: now, to: now });
  }

  delivered(delivery: ModelDelivery, attempt: number): void {
    Object.assign(delivery, { state: 'delivered', attempts: attempt, hasError: false });
  }

  failed(
    delivery: ModelDelivery,
    { attempt, error, retryAfter, gone }: Of<'delivery-failed'>,
    now: number,
  ): void {
    Object.assign(delivery, { attempts: attempt, hasError: true });
    const wait = waits[attempt - 1];
    if (gone) {
      this.disabled = error;
      for (const one of this.told)
        if (one.state === 'pending') Object.assign(one, { state: 'failed', hasError: true });
    } else if (wait === undefined) delivery.state = 'failed';
    else {
      const asked = now + Math.min(retryAfter ?? 0, 24 * hour);
      delivery.from = Math.max(now + wait, asked);
      delivery.to = Math.max(now + wait * 1.1, asked);
    }
  }

  /** What is not as it should be in the real one; null where nothing is. */
  differs(real: Webhook, now: number): string | null {
    const { url, states, format } = this.put;
    const { settings } = real;
    const put = `${settings.url} ${settings.states} ${settings.format} ${real.disabled}`;
    if (put !== `${url} ${states} ${format} ${this.disabled}`) return `it is ${put}`;
    if (real.count !== this.told.length)
      return `it was told ${real.count} times, should be ${this.told.length}`;
    for (const [i, due] of this.told.entries()) {
      const has = real.get(i + 1);
      if (has === undefined) return `delivery ${i + 1} is forgotten`;
      const about = has.kind === 'test' ? 'test' : `${has.group} ${has.round}`;
      const one = `${about} ${has.state} ${has.attempts} ${has.error !== null}`;
      const other = `${due.about} ${due.state} ${due.attempts} ${due.hasError}`;
      if (one !== other) return `delivery ${i + 1} is ${one}, should be ${other}`;
      const isLate = has.state === 'pending' && (has.nextAt < due.from || has.nextAt > due.to);
      if (isLate) return `delivery ${i + 1} is due ${has.nextAt - now} from now`;
    }
    return null;
  }
}
