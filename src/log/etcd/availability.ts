import type { Unavailability } from '../log.ts';
import type { EtcdError } from './errors.ts';

/** Whether the cluster answers, so that a server can refuse work that it could not finish. */
export class Availability {
  readonly #patienceMs: number;
  #answeredAt = Date.now();
  #lost: Unavailability | null = null;

  /** `patienceMs`: without any answer for so long, one failure means that there is no quorum. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  get lost(): Unavailability | null {
    return this.#lost;
  }

  /** To be called when a call that needs a quorum was answered. */
  answered(): void {
    this.#answeredAt = Date.now();
    this.#lost = null;
  }

  /** To be called when such a call was not answered. */
  unanswered(error: EtcdError): void {
    if (Date.now() - this.#answeredAt < this.#patienceMs) return;
    this.refused(error);
  }

  /** To be called when the cluster does not accept this server: until somebody changes that, every call fails. */
  refused({ message: detail, fix }: EtcdError): void {
    this.#lost ??= { since: new Date(this.#answeredAt), detail, fix };
  }
}
