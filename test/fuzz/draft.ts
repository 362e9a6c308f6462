import type { WorldRequest } from './world.ts';

export type Query = Record<string, string>;
export type Headers = Readonly<Record<string, string>>;
export type Body = Readonly<Record<string, unknown>>;

/** A request before it is written out: the body is `bytes`, else `text`, else `body` as JSON. */
export interface Draft {
  method: string;
  url: string;
  readonly query: Query;
  /** Added to the query as it stands. */
  extra?: string;
  headers: Headers;
  body?: Body;
  text?: string;
  bytes?: Buffer;
}

export function finished({ method, url, query, extra, headers, body, text, bytes }: Draft): WorldRequest {
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  if (extra !== undefined) search.push(extra);
  const payload = bytes ?? text ?? (body === undefined ? null : JSON.stringify(body));
  const type = payload === null ? {} : { 'content-type': 'application/json' };
  return {
    method,
    url: search.length === 0 ? url : `${url}?${search.join('&')}`,
    headers: { ...type, ...headers },
    payload,
  };
}
