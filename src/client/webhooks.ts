import type { WebhookFormat, WebhookStates } from '../core/types.ts';
import type { DeliveryJson, WebhookJson } from '../core/view/json-types.ts';
import type { Call } from './call.ts';
import { hasCode } from './errors.ts';
import { newSecret } from './keys.ts';
import { readPages } from './paging.ts';
import type { CallOptions } from './requests.ts';
import { toMs } from './time.ts';
import type { Transport } from './transport.ts';

/** Where outcomes are sent, which, and in what form. */
export interface WebhookOptions extends CallOptions {
  /** Where outcomes are sent, `https` or `http`; the server must allow the host. */
  readonly url: string;
  /** How rounds must end to be told of; `all` by default. */
  readonly states?: WebhookStates | undefined;
  /** `standard` by default: JSON after Standard Webhooks; or a message for a channel of Slack or Teams. */
  readonly format?: WebhookFormat | undefined;
  /** `whsec_` and the base64 of 24 to 64 random bytes. By default a new webhook gets a new one, and another keeps its own. */
  readonly secret?: string | undefined;
}

/** The server's answer to a webhook that was put. */
export interface PutWebhookJson extends WebhookJson {
  /** Checks the signatures; only where this call has set it. Keep it, it is not shown again. */
  readonly secret?: string;
  readonly index: number;
}

/** The webhooks of a group, or of the server. Their promises reject as those of a group do. [Q11] */
export class Webhooks {
  private readonly transport: Transport;
  private readonly path: string;

  constructor(transport: Transport, path: string) {
    this.transport = transport;
    this.path = path;
  }

  /**
   * Makes a webhook under a name, or changes it; one that its receiver has ended is told of outcomes again. Another secret signs
   * beside the former one for a day, so that receivers can change over. Rejects with `webhooks-off` or `webhook-not-allowed`
   * where the server lets none go there.
   *
   * @example
   * const { secret } = await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   */
  async put(id: string, options: WebhookOptions): Promise<PutWebhookJson> {
    const { url, states, format, signal, deadline } = options;
    const limits = { signal, deadline };
    // Chosen here: a secret that the server makes would be lost with its reply.
    const secret = options.secret ?? (await this.secretFor(id, limits));
    const body = { url, states, format, secret };
    return this.send({ method: 'PUT', path: `/${encodeURIComponent(id)}`, body }, limits);
  }

  /**
   * All of them, without their secrets: how much waits, and why the last attempt of each failed.
   *
   * @example
   * const failing = (await group.webhooks.list()).filter(({ last }) => last?.error);
   */
  async list(options: CallOptions = {}): Promise<readonly WebhookJson[]> {
    const { webhooks } = await this.send<{ webhooks: readonly WebhookJson[] }>(
      { method: 'GET', path: '' },
      options,
    );
    return webhooks;
  }

  /**
   * One of them.
   *
   * @example
   * await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   * const { pending, disabled } = await group.webhooks.show('channel');
   */
  async show(id: string, options: CallOptions = {}): Promise<WebhookJson & { readonly index: number }> {
    return this.send({ method: 'GET', path: `/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Deletes one, with what it was still to be told.
   *
   * @example
   * await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   * await group.webhooks.delete('channel');
   */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.send({ method: 'DELETE', path: `/${encodeURIComponent(id)}` }, options);
  }

  /**
   * What it is told, the first told first: all that waits, and the last hundred that are over.
   *
   * @example
   * await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   * const failed = (await group.webhooks.deliveries('channel')).filter(({ state }) => state === 'failed');
   */
  async deliveries(
    id: string,
    options: CallOptions & { limit?: number; after?: number } = {},
  ): Promise<readonly DeliveryJson[]> {
    const { limit = 1000, after } = options;
    return readPages<DeliveryJson, number>(limit, after, async (limit, after) => {
      const query = { limit: Math.min(limit ?? 1000, 1000), after };
      const call: Call = { method: 'GET', path: `/${encodeURIComponent(id)}/deliveries`, query };
      const page = await this.send<{ deliveries: readonly DeliveryJson[]; next: number | null }>(
        call,
        options,
      );
      return { items: page.deliveries, next: page.next };
    });
  }

  /**
   * Sends something that is no outcome, to see whether it arrives.
   *
   * @example
   * await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   * const { number } = await group.webhooks.test('channel');
   */
  async test(id: string, options: CallOptions = {}): Promise<DeliveryJson & { readonly index: number }> {
    const headers = { 'idempotency-key': newSecret() };
    return this.send({ method: 'POST', path: `/${encodeURIComponent(id)}/test`, headers }, options);
  }

  /**
   * Sends a delivery once more, whatever became of it, under the same id.
   *
   * @example
   * await group.webhooks.put('channel', { url: 'http://127.0.0.1:9/hook' });
   * const { number } = await group.webhooks.test('channel');
   * await group.webhooks.replay('channel', number);
   */
  async replay(
    id: string,
    number: number,
    options: CallOptions = {},
  ): Promise<DeliveryJson & { readonly index: number }> {
    const path = `/${encodeURIComponent(id)}/deliveries/${number}/replay`;
    return this.send({ method: 'POST', path }, options);
  }

  /** A new secret for a webhook that is new; none for one that has its own. */
  private async secretFor(id: string, limits: CallOptions): Promise<string | undefined> {
    try {
      await this.show(id, limits);
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'webhook-not-found')) throw error;
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      return `whsec_${btoa(String.fromCharCode(...bytes))}`;
    }
  }

  private async send<T>(call: Call, { signal, deadline }: CallOptions): Promise<T> {
    const left = deadline === undefined ? undefined : toMs(deadline);
    return (await this.transport.send<T>({ ...call, path: this.path + call.path, signal, deadline: left }))
      .body;
  }
}
