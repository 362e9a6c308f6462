import { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { catalogue } from './core/errors.ts';
import type { Around } from './http/around.ts';
import type { Request, Response } from './http/route.ts';
import type { Following } from './replica/following.ts';

/**
 * Traces by OpenTelemetry, for who has started the server with an SDK: a span for each request, and below it one for the append of the
 * entry that its command came into, and one for its apply. An entry has commands of many requests: each of them has these spans as its own.
 * Nothing that somebody sent is in a span but the name of a group there is, and the id of the request.
 */
export interface Tracing {
  readonly around: Around;
  readonly following: Following;
  /** Sends what the SDK still holds. Returns after `flushMs` at the latest, and fails for no reason. */
  flush(): Promise<void>;
}

/** A collector that does not answer may not keep a server from ending. */
const flushMs = 2000;

export function tracing(version: string, isGroup: (name: string) => boolean): Tracing {
  const tracer = trace.getTracer('quorate', version);
  return { around: spanAround(tracer, isGroup), following: spansBelow(tracer), flush };
}

/** What stands between the interface and the SDK, and what an SDK can do beyond the interface. */
interface Provider {
  getDelegate?(): Provider;
  forceFlush?(): Promise<void>;
}

async function flush(): Promise<void> {
  const registered = trace.getTracerProvider() as Provider;
  const provider = registered.getDelegate?.() ?? registered;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, flushMs);
  });
  // The SDK reports by itself what it could not send.
  const flushed = (async () => provider.forceFlush?.())().catch(() => undefined);
  await Promise.race([flushed, late]);
  clearTimeout(timer);
}

function spanAround(tracer: Tracer, isGroup: (name: string) => boolean): Around {
  return (request, response, answer) => {
    const { raw, route, headers } = request;
    const { method = '' } = raw;
    // A call that a tool of /mcp makes within a request belongs to that one. For others what is active may be left from the request
    // before on the same connection.
    const parent =
      raw instanceof IncomingMessage ? propagation.extract(ROOT_CONTEXT, headers) : context.active();
    const { group } = request.params;
    const isKnown = group !== undefined && isGroup(group);
    const attributes = {
      'http.request.method': method,
      'url.scheme': (raw.socket as TLSSocket).encrypted ? 'https' : 'http',
      ...(route.path !== '' && { 'http.route': route.path }),
      ...(isKnown && { 'quorate.group': group }),
    };
    const name = route.path === '' ? method : `${method} ${route.path}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    response.raw.once('close', () => {
      // The request has made it.
      if (group !== undefined && !isKnown && isGroup(group)) span.setAttribute('quorate.group', group);
      end(span, request, response);
    });
    context.with(trace.setSpan(parent, span), answer);
  };
}

function end(span: Span, request: Request, { status, problem }: Response): void {
  if (request.id !== null) span.setAttribute('quorate.request_id', request.id);
  span.setAttribute('http.response.status_code', status);
  if (problem !== null) {
    span.setAttribute('quorate.code', problem);
    // A request that is refused is no error of the server.
    if (catalogue[problem].status >= 500) {
      span.setAttribute('error.type', problem);
      span.setStatus({ code: SpanStatusCode.ERROR, message: problem });
    }
  }
  span.end();
}

function spansBelow(tracer: Tracer): Following {
  const begin = (callers: ReadonlySet<object>, name: string, attributes: Record<string, number>): Span[] =>
    [...callers].map((caller) => tracer.startSpan(name, { attributes }, caller as Context));
  return {
    caller: () => {
      const active = context.active();
      return trace.getSpan(active)?.isRecording() ? active : null;
    },
    appending: (callers, commands) => {
      const spans = begin(callers, 'quorate.append', { 'quorate.entry.commands': commands });
      const [first] = spans;
      const [caller = ROOT_CONTEXT] = callers as ReadonlySet<Context>;
      // What the log does on its way, such as calls of etcd, belongs to one of them.
      const within = first === undefined ? ROOT_CONTEXT : trace.setSpan(caller, first);
      return {
        run: (append) => context.with(within, append),
        over: (refused) => {
          for (const span of spans) {
            if (refused !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: refused });
            span.end();
          }
        },
      };
    },
    applying: (callers, index) => {
      const spans = begin(callers, 'quorate.apply', { 'quorate.entry.index': index });
      return () => {
        for (const span of spans) span.end();
      };
    },
  };
}
