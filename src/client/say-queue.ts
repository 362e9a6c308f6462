import { clientError, QuorateError } from './errors.ts';

interface Waiting {
  /** Rejects as what was asked for does. */
  readonly send: () => Promise<void>;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends what is said in the order in which it was said: each one when the one before has its answer. When nobody knows what
 * became of one, those that wait behind it are not sent, because they could come before it.
 */
export class SayQueue {
  private readonly waiting: Waiting[] = [];
  private isSending = false;

  /** What `send` gives, which is called when its turn comes. Rejects with `not-sent` when that does not come. */
  add<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const sent = async (): Promise<void> => {
        try {
          resolve(await send());
        } catch (error) {
          reject(error);
          throw error;
        }
      };
      this.waiting.push({ send: sent, reject, signal });
      if (!this.isSending) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (next.signal?.aborted) {
        next.reject(next.signal.reason);
        continue;
      }
      try {
        await next.send();
      } catch (error) {
        if (error instanceof QuorateError && error.outcome === 'not-executed') continue;
        for (const { reject } of this.waiting.splice(0)) reject(notSent(error));
      }
    }
    this.isSending = false;
  }
}

function notSent(cause: unknown): QuorateError {
  return clientError('not-sent', 'nobody knows whether the message before it was taken', { cause });
}
