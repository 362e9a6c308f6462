import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { KeptCertificates } from '../../certificates.ts';
import { Connections } from './connections.ts';
import { EtcdError } from './errors.ts';
import { Members } from './members.ts';
import type { Method } from './messages.ts';
import type { EtcdOptions } from './options.ts';

/** A try may last as long as all before it together, up to this. */
const longestTryMs = 8000;
const longestPauseMs = 150;

export interface HedgeOptions {
  /** `Date.now()` after which no try begins. */
  readonly stopAt: number;
  /** No try's deadline is later than this; without it there is no limit. */
  readonly endAt?: number;
  /** Whether to give up for this error of a try. `notExecuted`: no try so far can have had an effect. */
  readonly isFinal: (error: EtcdError, notExecuted: boolean) => boolean;
  /** Called for each try that failed. */
  readonly onFailure?: (error: EtcdError) => void;
}

/** A client of one cluster. Only `repeat` and `hedge` retry. */
export class EtcdClient {
  readonly endpoints: readonly string[];
  /** Called when calls leave a member for another, with the number of the one that they left. */
  onLeft: (member: number) => void = () => {};
  readonly #options: EtcdOptions;
  readonly #connections: Connections;
  readonly #members: Members;
  /** ms that recent answers took. */
  #usualMs = 0;

  /** Throws an Error that names a certificate file that cannot be used. Does not connect. */
  constructor(options: EtcdOptions) {
    this.endpoints = options.endpoints;
    this.#options = options;
    this.#connections = new Connections(options);
    const count = options.endpoints.length;
    this.#members = new Members(count, Math.floor(Math.random() * count));
  }

  /** The certificates in use; null without TLS. */
  get certificates(): KeptCertificates | null {
    return this.#connections.certificates;
  }

  /** The member that the next call goes to, as a number to hand to `rotate`. */
  get current(): number {
    return this.#members.current;
  }

  /** Goes on to the next member, unless calls have left `failed` already. */
  rotate(failed: number, silent = false): void {
    if (this.#members.leave(failed, silent)) this.onLeft(failed);
  }

  /** One try at the current member. Rejects with `EtcdError`; goes on to another member if unanswered. */
  async call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs = this.#options.timeout,
  ): Promise<Response> {
    const member = this.#members.current;
    try {
      return await this.#connections.call(member, method, request, Date.now() + timeoutMs);
    } catch (error) {
      if (error instanceof EtcdError && error.code === 'unavailable') this.rotate(member, error.silent);
      throw error;
    }
  }

  /** Asks each member once what it knows by itself; an error in the place of one that does not answer in time. */
  askEach<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<(Response | EtcdError)[]> {
    const deadline = Date.now() + timeoutMs;
    const asked = this.endpoints.map((_, member) =>
      this.#connections.ask(member, method, request, deadline).catch((error: unknown) => {
        if (error instanceof EtcdError) return error;
        throw error;
      }),
    );
    return Promise.all(asked);
  }

  /** Calls until answered, for at most `withinMs`. Only for a call that may take effect twice, and late, without harm. */
  repeat<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    withinMs = 2 * this.#options.timeout,
  ): Promise<Response> {
    const stopAt = Date.now() + withinMs;
    const isFinal = ({ code }: EtcdError) => code !== 'unavailable';
    return this.hedge(method, request, { stopAt, endAt: stopAt, isFinal });
  }

  /**
   * Calls member after member until one answers. While one is slow the next is called as well, since what was sent to a
   * leader that has just been lost, or through it, is never answered. Only for a call that may arrive any number of times,
   * at any time, without harm. The error that it rejects with is `notExecuted` if no try had an effect.
   */
  hedge<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    { stopAt, endAt = Number.POSITIVE_INFINITY, isFinal, onFailure }: HedgeOptions,
  ): Promise<Response> {
    const { timeout } = this.#options;
    const began = Date.now();
    const open = new Set<number>();
    return new Promise((resolve, reject) => {
      let [tries, over, notExecuted] = [0, false, true];
      let timer: ReturnType<typeof setTimeout> | undefined;
      const later = (ms: number, then: () => void) => {
        clearTimeout(timer);
        timer = setTimeout(then, ms);
      };
      const end = (how: () => void) => {
        over = true;
        clearTimeout(timer);
        how();
      };
      const failed = (number: number, member: number, error: unknown) => {
        open.delete(number);
        if (over) return;
        if (!(error instanceof EtcdError)) return end(() => reject(error));
        if (!error.silent) this.#members.answered(member);
        if (error.code === 'unavailable') this.rotate(member, error.silent);
        onFailure?.(error);
        notExecuted &&= error.notExecuted;
        const nothing = notExecuted && open.size === 0;
        if (this.#connections.isClosed || isFinal(error, nothing))
          return end(() => reject(error.afterTries(nothing)));
        // A try that was slow has been followed by another already.
        if (number === tries || open.size === 0) later(this.pause(tries), () => next(error));
      };
      const next = (last: EtcdError | null) => {
        const now = Date.now();
        if (last !== null && now >= stopAt) {
          // Those under way may still bring an answer.
          if (open.size === 0) end(() => reject(last.afterTries(notExecuted)));
          return;
        }
        tries += 1;
        const number = tries;
        const member = this.#members.current;
        const deadline = Math.min(now + Math.min(longestTryMs, Math.max(timeout, now - began)), endAt);
        open.add(number);
        this.#connections.call(member, method, request, Math.max(deadline, now + 1)).then(
          (response) => {
            this.#usualMs += (Date.now() - now - this.#usualMs) / 8;
            this.#members.answered(member);
            if (over) return;
            if (tries > 1) this.#prefer(member);
            end(() => resolve(response));
          },
          (error: unknown) => failed(number, member, error),
        );
        if (this.endpoints.length > 1) {
          later(this.#patience(now - began), () => {
            this.rotate(member, true);
            const message = `etcd at ${this.endpoints[member]}: no answer yet`;
            next(new EtcdError('unavailable', message, { silent: true }));
          });
        }
      };
      next(null);
    });
  }

  /** How long to wait before the next try: not at all while there are members that were not called yet. */
  pause(tries: number): number {
    const rounds = Math.floor(tries / this.endpoints.length);
    return rounds === 0 ? 0 : Math.min(longestPauseMs, 25 * 2 ** rounds) * (0.5 + Math.random() / 2);
  }

  /** Opens a stream at the current member, which is given back to hand to `rotate`. */
  async stream<Request, Response>(
    method: Method<Request, Response>,
  ): Promise<{ stream: ClientDuplexStream<Request, Response>; member: number }> {
    const member = this.#members.current;
    return { stream: await this.#connections.stream(member, method), member };
  }

  /** Ends every call at once. */
  close(): void {
    this.#connections.close();
  }

  /** Goes on to a member that answered while those called before it did not. */
  #prefer(member: number): void {
    const before = this.#members.current;
    this.#members.prefer(member);
    if (before !== member) this.onLeft(before);
  }

  /** ms without an answer after which another member is called as well; more where all of them are slow. */
  #patience(elapsedMs: number): number {
    const { timeout } = this.#options;
    return Math.min(timeout, Math.max(timeout / 5, elapsedMs / 4, 3 * this.#usualMs));
  }
}
