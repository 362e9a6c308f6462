import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../core/errors.ts';
import { Problem, problemJson } from '../problem.ts';
import { Counts } from './counts.ts';
import { type Busy, prepareToDrain } from './drain.ts';
import { callerAddress, isLoopbackHost } from './hosts.ts';
import type { ChosenLimits } from './limits.ts';
import type { Sources } from './sources.ts';
import { inTurn } from './turns.ts';
import { Unread } from './unread.ts';

/** Certificate and key as PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions {
  readonly limits: ChosenLimits;
  readonly sources: Sources;
  readonly tls: Tls | null;
  /** Gets errors that no caller can be told. */
  readonly report: (error: Error) => void;
  readonly counts?: EdgeCounts | undefined;
}

/** Counts what happens below the routes. */
interface EdgeCounts {
  /** A request was answered with a problem. */
  refused(code: ErrorCode): void;
  /** A connection was cut without an answer. */
  dropped(why: Dropped): void;
}

/** Why a connection was cut: too many in all or of one address, too many requests behind an unanswered one, too much unread, no TLS, nothing read for long. */
export type Dropped = 'connections' | 'address' | 'pipelined' | 'unread' | 'tls' | 'stalled';

const uncounted: EdgeCounts = { refused: () => undefined, dropped: () => undefined };

/** A server that does not listen yet, with the limits on connections, and an answer for what is no HTTP. */
export function listener(handle: RequestListener, options: ListenerOptions): Server {
  const { limits, sources, tls, report, counts = uncounted } = options;
  const { values } = limits;
  const settings = {
    maxHeaderSize: values.headerBytes,
    headersTimeout: values.headersTimeout,
    requestTimeout: values.requestTimeout,
    connectionsCheckingInterval: values.checkingInterval,
    keepAliveTimeout: values.keepAliveTimeout,
    // Missing Hosts are refused by the guard, with a problem as all refusals.
    requireHostHeader: false,
  };
  const one = inTurn(watched(handle, options), values, () => counts.dropped('pipelined'));
  const server =
    tls === null
      ? createServer(settings, one)
      : createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.2' }, one);
  server.setTimeout(values.stalledTimeout);
  server.on('timeout', (socket: Socket) => {
    // An idle connection waits for no response.
    if ((socket as Busy)._httpMessage) counts.dropped('stalled');
    socket.destroy();
  });
  server.maxRequestsPerSocket = values.requestsPerSocket;
  if (values.connections > 0) server.maxConnections = values.connections;
  server.on('drop', () => counts.dropped('connections'));
  server.on('tlsClientError', () => counts.dropped('tls'));
  server.on('connection', perAddress(limits, sources, counts));
  prepareToDrain(server);
  const afterReading = readingFirst(server);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = () => answerMalformed(error, socket, counts);
    if (error.code === 'ERR_SSL_HTTP_REQUEST') answerPlain(socket);
    else if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') answer();
    else afterReading(socket, answer);
  });
  server.on('checkExpectation', refuseExpectation);
  server.on('error', (error: NodeJS.ErrnoException) => {
    // An error before it listens is for the caller of `listen`. One later, as when descriptors run out, must not end the
    // process: the next connection may succeed.
    if (server.listening) report(error);
  });
  return server as Server;
}

/** Puts another certificate in place; connections there are stay. Throws when it is no certificate. */
export function renewTls(server: Server, tls: Tls): void {
  (server as unknown as TlsServer).setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
}

/** The handler, with the bytes of its responses that nobody has read yet counted. */
function watched(handle: RequestListener, { limits, sources, counts }: ListenerOptions): RequestListener {
  const unread = new Unread(limits.values, () => counts?.dropped('unread'));
  const localToo = limits.chosen.has('unreadPerAddress');
  return (request, response) => {
    const { address, local } = sources.of(request);
    unread.watch(response, local && !localToo ? null : address);
    handle(request, response);
  };
}

function perAddress(
  { values, chosen }: ChosenLimits,
  sources: Sources,
  counts: EdgeCounts,
): (socket: Socket) => void {
  const open = new Counts(values.connectionsPerAddress);
  const localToo = chosen.has('connectionsPerAddress');
  return (socket) => {
    if (sources.isProxy(socket.remoteAddress)) return;
    const address = callerAddress(socket.remoteAddress);
    if (!localToo && isLoopbackHost(socket.remoteAddress ?? '')) return;
    if (open.isFull(address)) {
      counts.dropped('address');
      return void socket.destroy();
    }
    open.add(address);
    socket.once('close', () => open.remove(address));
  };
}

/**
 * Calls `late` for a socket whose request is late, but reads first what has come meanwhile: after a server was held up, or its
 * machine slept, timers run before that is read.
 */
function readingFirst(server: Server | TlsServer): (socket: Duplex, late: () => void) => void {
  const came = new Map<Duplex, IncomingMessage | null>();
  server.on('request', (request) => {
    if (came.has(request.socket)) came.set(request.socket, request);
  });
  return (socket, late) => {
    came.set(socket, null);
    setImmediate(() => {
      if (came.get(socket)?.complete !== true) late();
      came.delete(socket);
    });
  };
}

/** The connection below one that speaks TLS: it too has no public name. */
type OverTls = { readonly _parent?: Duplex | null };

/** Answers a caller who speaks HTTP where TLS is spoken, in the language it knows. */
function answerPlain(socket: Duplex): void {
  const below = (socket as OverTls)._parent;
  if (!below?.writable) return void socket.destroy();
  const problem = new Problem('invalid-request', 'this port speaks TLS: write https:// instead of http://');
  below.end(rawProblem(problem), () => below.destroy());
}

/** Answers what is not HTTP, too large or too slow, and closes the connection. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex, counts: EdgeCounts): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const busy = (socket as Busy)._httpMessage;
  if (busy?.req.complete === true) {
    // A whole request came before it: that one gets its response, and what is malformed gets none.
    socket.pause();
    busy.shouldKeepAlive = false;
    busy.once('close', () => socket.destroy());
    return;
  }
  // A route that answers while it reads sees to it that the rest comes in time.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && busy?.headersSent === true && !busy.writableEnded) return;
  if (busy?.headersSent === true) return void socket.destroy();
  const problem = problemOf(error.code);
  counts.refused(problem.code);
  socket.end(rawProblem(problem), () => socket.destroy());
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers-too-large', 'request line and headers are larger than this server takes');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem('too-large', 'the extensions of the chunks are larger than this server takes');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'the request took too long to arrive');
    default:
      return new Problem('invalid-request', 'this is no HTTP request that can be understood');
  }
}

function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = bare(new Problem('invalid-request', 'Expect may only be 100-continue'));
  response.writeHead(status, headers).end(body);
}

function rawProblem(problem: Problem): string {
  const { status, title, headers, body } = bare(problem);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A problem for a caller that no route will answer. */
function bare(problem: Problem) {
  const shape = problemJson(problem);
  const body = JSON.stringify(shape);
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  return { status: shape.status, title: shape.title, headers, body };
}
