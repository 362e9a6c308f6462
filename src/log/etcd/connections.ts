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
import { codeOf, detailOf, EtcdError, isLoginExpired } from './errors.ts';
import { type Method, methods } from './messages.ts';
import type { EtcdOptions } from './options.ts';

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

/** A gRPC connection to each member, with the certificates and the login that they ask for. A call is one try. */
export class Connections {
  readonly endpoints: readonly string[];
  /** The certificates in use; null without TLS. */
  readonly certificates: KeptCertificates | null;
  readonly #options: EtcdOptions;
  #channels: readonly Client[];
  readonly #calls = new Set<ClientUnaryCall>();
  #token: Promise<string> | null = null;
  #closed = false;

  /** Reads the certificate files; throws an Error naming one that cannot be used. Does not connect. */
  constructor(options: EtcdOptions) {
    this.endpoints = options.endpoints;
    this.#options = options;
    this.certificates = options.tls && new KeptCertificates('etcd', options.tls);
    this.#channels = this.#open(this.certificates?.current ?? null);
    if (this.certificates !== null) this.certificates.onRenewed = (renewed) => this.#reopen(renewed);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Calls a member, by its number. `deadline` as of `Date.now()`. Rejects with `EtcdError`. */
  async call<Request, Response>(
    member: number,
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    return this.#unary(member, method, request, deadline, await this.#metadata(member, deadline));
  }

  /** As `call`, of what a member knows by itself: without a login, and also while it has no leader. */
  ask<Request, Response>(
    member: number,
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    return this.#unary(member, method, request, deadline, new Metadata());
  }

  async stream<Request, Response>(
    member: number,
    method: Method<Request, Response>,
  ): Promise<ClientDuplexStream<Request, Response>> {
    const metadata = await this.#metadata(member, Date.now() + this.#options.timeout);
    if (this.#closed) throw closed();
    return this.#channels[member]!.makeBidiStreamRequest(method.path, method.encode, method.decode, metadata);
  }

  /** Ends every call at once. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.cancel();
    for (const channel of this.#channels) channel.close();
  }

  #open(certificates: Certificates | null): Client[] {
    const security = certificates === null ? credentials.createInsecure() : securityOf(certificates);
    return this.endpoints.map((endpoint) => new Client(endpoint, security, channelOptions));
  }

  /** Later calls go over new connections; those under way end on the old ones, or are tried again. */
  #reopen(certificates: Certificates): void {
    const before = this.#channels;
    this.#channels = this.#open(certificates);
    for (const channel of before) channel.close();
  }

  #unary<Request, Response>(
    member: number,
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
    metadata: Metadata,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed());
      const answered = (error: ServiceError | null, response?: Response) => {
        this.#calls.delete(call);
        if (error) reject(this.#errorOf(error, member));
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
    this.#token ??= this.#logIn(login, member, deadline).catch((error) => {
      this.#token = null;
      throw error;
    });
    metadata.set('token', await this.#token);
    return metadata;
  }

  async #logIn(
    { user: name, passwordFile }: NonNullable<EtcdOptions['login']>,
    member: number,
    deadline: number,
  ): Promise<string> {
    const file = await readFile(passwordFile, 'utf8').catch((error: Error) => {
      throw new Error(`etcd: cannot read the passwordFile file: ${error.message}`);
    });
    const password = file.split(/\r?\n/)[0] ?? '';
    const request = { name, password };
    return (await this.#unary(member, methods.authenticate, request, deadline, new Metadata())).token;
  }

  #errorOf(error: ServiceError, member: number): EtcdError {
    const isExpired = isLoginExpired(error);
    // The next try logs in again.
    if (isExpired) this.#token = null;
    const code = isExpired ? 'unavailable' : codeOf(error);
    const silent = error.code === status.DEADLINE_EXCEEDED;
    const notExecuted = isExpired || code === 'denied';
    const detail = detailOf(error);
    // What members say of a certificate that has ended names neither it nor its end.
    const trouble = this.certificates && troubleWith(this.certificates.current);
    const why = trouble === null || trouble.valid ? detail : `${trouble.says}; ${detail}`;
    return new EtcdError(code, `etcd at ${this.endpoints[member]}: ${why}`, { silent, notExecuted });
  }
}

function closed(): EtcdError {
  return new EtcdError('unavailable', 'the client is closed');
}

function securityOf({ ca, cert, key }: Certificates): ChannelCredentials {
  const bytes = (text?: string): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}
