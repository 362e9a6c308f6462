import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What handlers see of a request and of its reply: Fastify's own are such, and so are those of the straight way. */
export interface Asked {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
  readonly params: unknown;
  readonly body: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
}

export interface Replying {
  readonly raw: ServerResponse;
  code(status: number): Replying;
  /** Names in small letters; another value for the same name takes its place. */
  header(name: string, value: string): Replying;
  headers(values: Readonly<Record<string, string>>): Replying;
  hasHeader(name: string): boolean;
  /** Sends it, with what goes on every response. */
  send(body: string): Replying;
}
