import { readFile } from 'node:fs/promises';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Certificates, KeptCertificates, troubleWith } from '../../certificates.ts';
import { Members } from './members.ts';
import { type Method, methods } from './messages.ts';
import type { EtcdOptions } from './options.ts';

/** What an operator can do about it. */
const fixes = {
  unavailable:
    'start members again until a majority runs, and look at the network to them: docs/cluster.md, Lost quorum',
  certificate:
    'put a certificate that is valid into the file; it is read again by itself, or at once on SIGHUP: docs/cluster.md, Certificates',
  denied:
    'let etcd know the user of --log (user and passwordFile, or the common name of cert), and give it the role of the prefix: docs/cluster.md, Users of etcd',
  'no-space': 'see how full etcd is, and give it space: docs/cluster.md, NOSPACE',
  other: 'look at the release and at the log of etcd',
} as const;

/**
 * Why a call failed. `unavailable`: no answer, so a write may or may not have happened, or may still
 * happen. `no-space` is as uncertain: etcd can run a transaction and then answer so. The others are
 * answers.
 */
export type Trouble = 'unavailable' | 'no-space' | 'too-large' | 'compacted' | 'denied' | 'refused';

export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  readonly code: Trouble;
  /** Nothing at all was heard of the member in time, not even that it cannot answer. */
  readonly silent: boolean;
  /** This try certainly did nothing, whatever earlier ones did: it was turned away at the door. */
  readonly turnedAway: boolean;
  constructor(code: Trouble, message: string, { silent = false, turnedAway = false } = {}) {
    super(message);
    this.code = code;
    this.silent = silent;
    this.turnedAway = turnedAway;
  }

  /** What an operator can do about it. */
  get fix(): string {
    if (/certificate.*(expired|valid only)|expired certificate/.test(this.message)) return fixes.certificate;
    const { code } = this;
    return code === 'unavailable' || code === 'denied' || code === 'no-space' ? fixes[code] : fixes.other;
  }

  /** The same, as the end of several tries. */
  asOneOf(turnedAway: boolean): EtcdError {
    return new EtcdError(this.code, this.message, { silent: this.silent, turnedAway });
  }
}

function silence(endpoint: string): EtcdError {
  return new EtcdError('unavailable', `etcd at ${endpoint}: no answer yet`, { silent: true });
}

const unanswered: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.INTERNAL,
  status.UNKNOWN,
  status.ABORTED,
  status.UNAUTHENTICATED,
]);

/** A try may last as long as all before it together, within this. */
const longestTry = 8000;
const longestPause = 150;

const channelOptions = {
  // etcd cuts a connection that is pinged more than every 5 seconds while nothing else happens on it.
  'grpc.keepalive_time_ms': 5500,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 500,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

export interface Asking {
  /** `Date.now()` after which no try begins. */
  readonly stopAt: number;
  /** No try's deadline lies beyond it; without it none. */
  readonly endAt?: number;
  /** Whether to give up for this error of a try; `alone`: no try so far can have done anything. */
  readonly isFinal: (error: EtcdError, alone: boolean) => boolean;
  /** Told of each try that failed. */
  readonly onTrouble?: (error: EtcdError) => void;
}

/**
 * A thin client of one cluster. Each call is one try at one member: nothing is retried behind the
 * caller's back except by `ask` and `repeat`, which say so.
 */
export class EtcdClient {
  readonly endpoints: readonly string[];
  /** The certificates in use; null without TLS. */
  readonly certificates: KeptCertificates | null;
  #channels: readonly Client[];
  readonly #options: EtcdOptions;
  readonly #calls = new Set<ClientUnaryCall>();
  /** Told which member calls have just turned away from. */
  onTurn: (failed: number) => void = () => {};
  readonly #members: Members;
  /** ms that the latest answers took. */
  #usual = 0;
  #token: Promise<string> | null = null;
  #closed = false;

  private constructor(options: EtcdOptions, certificates: KeptCertificates | null) {
    this.endpoints = options.endpoints;
    this.#options = options;
    this.certificates = certificates;
    this.#channels = this.#connected(certificates?.current ?? null);
    if (certificates !== null) certificates.onRenewed = (renewed) => this.#reconnect(renewed);
    const count = options.endpoints.length;
    this.#members = new Members(count, Math.floor(Math.random() * count));
  }

  /** Reads the certificate files; throws an Error naming one that cannot be used. Does not connect. */
  static async create(options: EtcdOptions): Promise<EtcdClient> {
    return new EtcdClient(options, options.tls && new KeptCertificates('etcd', options.tls));
  }

  /** The member that the next call goes to, as a number to hand to `rotate`. */
  get current(): number {
    return this.#members.current;
  }

  /** Turns to the next member, unless somebody else has already turned away from `failed`. */
  rotate(failed: number, silent = false): void {
    if (this.#members.turnFrom(failed, silent)) this.onTurn(failed);
  }

  /** One try at the current member. Rejects with `EtcdError`; turns to another member if unanswered. */
  async call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeout = this.#options.timeout,
  ): Promise<Response> {
    const member = this.#members.current;
    try {
      return await this.#try(member, method, request, Date.now() + timeout);
    } catch (error) {
      if (error instanceof EtcdError && error.code === 'unavailable') this.rotate(member, error.silent);
      throw error;
    }
  }

  /**
   * Repeats a call until answered, for at most `within` ms. Only for a call that may take effect twice, and late,
   * without harm.
   */
  repeat<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    within = 2 * this.#options.timeout,
  ): Promise<Response> {
    const stopAt = Date.now() + within;
    const isFinal = ({ code }: EtcdError) => code !== 'unavailable';
    return this.ask(method, request, { stopAt, endAt: stopAt, isFinal });
  }

  /**
   * Asks member after member until one answers. Whoever is slow to answer is not waited for: the next one is asked as
   * well, since what was sent to a leader just lost, or by way of it, is never answered. Only for a call that may
   * arrive any number of times, at any time, without harm. The error it rejects with is `turnedAway` if all tries were.
   */
  ask<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    asking: Asking,
  ): Promise<Response> {
    const { stopAt, endAt = Number.POSITIVE_INFINITY, isFinal, onTrouble } = asking;
    const { timeout } = this.#options;
    const began = Date.now();
    const open = new Set<number>();
    return new Promise((resolve, reject) => {
      let [tries, over, alone] = [0, false, true];
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
      const next = (last: EtcdError | null) => {
        const now = Date.now();
        if (last !== null && now >= stopAt) {
          // Those under way may still bring an answer.
          if (open.size === 0) end(() => reject(last.asOneOf(alone)));
          return;
        }
        tries += 1;
        const number = tries;
        const member = this.#members.current;
        const deadline = Math.min(now + Math.min(longestTry, Math.max(timeout, now - began)), endAt);
        open.add(number);
        this.#try(member, method, request, Math.max(deadline, now + 1)).then(
          (response) => {
            this.#usual += (Date.now() - now - this.#usual) / 8;
            this.#members.answered(member);
            if (over) return;
            if (tries > 1) this.#prefer(member);
            end(() => resolve(response));
          },
          (error: unknown) => {
            open.delete(number);
            if (over) return;
            if (!(error instanceof EtcdError)) return end(() => reject(error));
            if (!error.silent) this.#members.answered(member);
            if (error.code === 'unavailable') this.rotate(member, error.silent);
            onTrouble?.(error);
            alone &&= error.turnedAway;
            if (this.#closed || isFinal(error, alone && open.size === 0))
              return end(() => reject(error.asOneOf(alone && open.size === 0)));
            // One that did not come in time has been followed by another already.
            if (number === tries || open.size === 0) later(this.pause(tries), () => next(error));
          },
        );
        if (this.#channels.length > 1) {
          later(this.#patience(now - began), () => {
            this.rotate(member, true);
            next(silence(this.endpoints[member]!));
          });
        }
      };
      next(null);
    });
  }

  /** How long to wait before the next try: not at all while there are members left to ask. */
  pause(tries: number): number {
    const rounds = Math.floor(tries / this.#channels.length);
    return rounds === 0 ? 0 : Math.min(longestPause, 25 * 2 ** rounds) * (0.5 + Math.random() / 2);
  }

  /** Opens a stream at the current member, which is given back to hand to `rotate`. */
  async stream<Request, Response>(
    method: Method<Request, Response>,
  ): Promise<{ stream: ClientDuplexStream<Request, Response>; member: number }> {
    const member = this.#members.current;
    const metadata = await this.#metadata(member, Date.now() + this.#options.timeout);
    if (this.#closed) throw new EtcdError('unavailable', 'the client is closed');
    const channel = this.#channels[member]!;
    return {
      stream: channel.makeBidiStreamRequest(method.path, method.encode, method.decode, metadata),
      member,
    };
  }

  /** Ends every call at once. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.cancel();
    for (const channel of this.#channels) channel.close();
  }

  #connected(certificates: Certificates | null): Client[] {
    const security = certificates === null ? credentials.createInsecure() : securityOf(certificates);
    return this.endpoints.map((endpoint) => new Client(endpoint, security, channelOptions));
  }

  /** Later calls go over new connections; those under way end on the old ones, or are asked again. */
  #reconnect(certificates: Certificates): void {
    const before = this.#channels;
    this.#channels = this.#connected(certificates);
    for (const channel of before) channel.close();
  }

  /** Turns to a member that answered while those asked before it did not. */
  #prefer(member: number): void {
    const before = this.#members.current;
    this.#members.prefer(member);
    if (before !== member) this.onTurn(before);
  }

  /** ms without an answer after which another member is asked as well; where all are slow, that helps nobody. */
  #patience(asking: number): number {
    const { timeout } = this.#options;
    return Math.min(timeout, Math.max(timeout / 5, asking / 4, 3 * this.#usual));
  }

  async #try<Request, Response>(
    member: number,
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    return this.#unary(member, method, request, deadline, await this.#metadata(member, deadline));
  }

  #unary<Request, Response>(
    member: number,
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
    metadata: Metadata,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new EtcdError('unavailable', 'the client is closed'));
      const answered = (error: ServiceError | null, response?: Response) => {
        this.#calls.delete(call);
        if (error) reject(this.#explain(error, member));
        else resolve(response as Response);
      };
      const channel = this.#channels[member]!;
      const call = channel.makeUnaryRequest(
        method.path,
        method.encode,
        method.decode,
        request,
        metadata,
        { deadline },
        answered,
      );
      this.#calls.add(call);
    });
  }

  async #metadata(member: number, deadline: number): Promise<Metadata> {
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    const { login } = this.#options;
    if (!login) return metadata;
    this.#token ??= this.#authenticate(login, member, deadline).catch((error) => {
      this.#token = null;
      throw error;
    });
    metadata.set('token', await this.#token);
    return metadata;
  }

  async #authenticate(
    login: { user: string; passwordFile: string },
    member: number,
    deadline: number,
  ): Promise<string> {
    const file = await readNamed('passwordFile', login.passwordFile);
    const password = String(file).split(/\r?\n/)[0] ?? '';
    const request = { name: login.user, password };
    return (await this.#unary(member, methods.authenticate, request, deadline, new Metadata())).token;
  }

  #explain(error: ServiceError, member: number): EtcdError {
    const detail = error.details || error.message;
    // A token lasts minutes and dies with the member's memory: the next try logs in again.
    const loginExpired = error.code === status.UNAUTHENTICATED || /auth store is old/.test(detail);
    if (loginExpired) this.#token = null;
    const code = loginExpired ? 'unavailable' : classify(error.code, detail);
    const silent = error.code === status.DEADLINE_EXCEEDED;
    const turnedAway = loginExpired || code === 'denied';
    // What members say of a certificate that has ended names neither it nor its end.
    const trouble = this.certificates && troubleWith(this.certificates.current);
    const why = trouble === null || trouble.valid ? detail : `${trouble.says}; ${detail}`;
    return new EtcdError(code, `etcd at ${this.endpoints[member]}: ${why}`, { silent, turnedAway });
  }
}

function securityOf({ ca, cert, key }: Certificates): ChannelCredentials {
  const bytes = (text?: string): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

function classify(code: number, detail: string): Trouble {
  if (/database space exceeded/.test(detail)) return 'no-space';
  if (/request is too large|larger than max/.test(detail)) return 'too-large';
  if (/has been compacted/.test(detail)) return 'compacted';
  if (code === status.PERMISSION_DENIED || /authentication failed|user name/.test(detail)) return 'denied';
  // A member that lags behind the revision asked for has no answer yet; another one may.
  if (/future revision|too many requests/.test(detail)) return 'unavailable';
  return unanswered.has(code) ? 'unavailable' : 'refused';
}

async function readNamed(name: string, path: string | undefined): Promise<Buffer | null> {
  if (path === undefined) return null;
  return readFile(path).catch((error: Error) => {
    throw new Error(`etcd: cannot read the ${name} file: ${error.message}`);
  });
}
