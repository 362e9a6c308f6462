import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf } from './allow-list.ts';

/** One HTTP request to a stranger, who may do anything: the bounds hold whatever comes back. [Q11.12] */

export interface Posted {
  readonly url: URL;
  /** The only addresses that may be connected to. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limits: PostLimits;
  readonly signal: AbortSignal;
}

export interface PostLimits {
  /** ms from the start to the headers of the answer. */
  readonly answer: number;
  /** ms that the body of the answer is read for. Nobody looks at it; a receiver may still take a closed connection for a failure. */
  readonly body: number;
}

/** Status and headers of the answer. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Bytes of the headers of an answer, and of its body. */
const mostBytes = 16 * 1024;

/** Sends a POST and resolves with the answer; follows no redirect. Rejects with an Error whose message is for people. */
export function post({ url, addresses, headers, body, limits, signal }: Posted): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const host = hostOf(url);
    const options: RequestOptions & https.RequestOptions = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A connection of its own, which no other request uses and no proxy of the environment gets to see.
      agent: false,
      lookup: pinnedTo(addresses),
      maxHeaderSize: mostBytes,
      signal,
      ...(secure && isIP(host) === 0 && { servername: host }),
    };
    const request = (secure ? https : http).request(url, options);
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), limits.answer);
    let answer: Answer | null = null;
    // What happens to the connection after the headers of an answer takes nothing back of it.
    const over = (error: Error): void => {
      clearTimeout(late);
      if (answer === null) reject(error);
      else resolve(answer);
    };
    request.once('response', (response) => {
      clearTimeout(late);
      const { statusCode = 0, headers: answered } = response;
      answer = { status: statusCode, retryAfter: answered['retry-after'] };
      void drained(response, limits.body).then(() => request.destroy());
    });
    request.on('error', over);
    request.once('close', () => over(new Error('the connection ended without an answer')));
    request.end(body);
  });
}

/** Resolves once the body has ended, however, or enough of it was read for long enough. */
function drained(response: IncomingMessage, ms: number): Promise<void> {
  return new Promise((resolve) => {
    let left = mostBytes;
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    response.on('data', (piece: Buffer) => {
      left -= piece.length;
      if (left < 0) end();
    });
    response.once('end', end).once('close', end).on('error', end);
  });
}

/** Answers each question for a name with these addresses, so that nobody asks again between the check and the connection. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, { all: wantsAll }, call) => {
    if (wantsAll) call(null, all);
    else call(null, addresses[0] as string, isIP(addresses[0] as string));
  };
}
