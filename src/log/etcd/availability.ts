import type { Unavailability } from '../log.ts';
import type { EtcdError } from './client.ts';

/** Whether the cluster answers: what a server needs to know to refuse work it could not finish. */
export class Availability {
  readonly #patience: number;
  #answeredAt = Date.now();
  #lost: Unavailability | null = null;

  /** `patience`: ms without any answer after which one failure means that there is no quorum. */
  constructor(patience: number) {
    this.#patience = patience;
  }

  get lost(): Unavailability | null {
    return this.#lost;
  }

  /** A call that takes a quorum was answered. */
  answered(): void {
    this.#answeredAt = Date.now();
    this.#lost = null;
  }

  /** Such a call was not answered. */
  unanswered(trouble: EtcdError): void {
    if (Date.now() - this.#answeredAt < this.#patience) return;
    this.refused(trouble);
  }

  /** The cluster will have nothing of us: waiting changes nothing, somebody has to. */
  refused({ message: detail, fix }: EtcdError): void {
    this.#lost ??= { since: new Date(this.#answeredAt), detail, fix };
  }
}
