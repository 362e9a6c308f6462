import { isUtf8 } from 'node:buffer';
import { parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { Json } from '../core/types.ts';
import { quoted } from './input.ts';
import { Problem } from './problem.ts';
import type { Request, Response } from './route.ts';

/** Bodies: JSON and nothing else, sent as it is, and parsed without rounding anything. */

const json = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Refuses a body that is compressed, before any of it is read. */
export function refuseCoded({ headers }: Request, response: Response): void {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding.toLowerCase() === 'identity') return;
  response.header('accept-encoding', 'identity');
  throw new Problem(
    'unsupported-media-type',
    `the body is sent with Content-Encoding ${quoted(coding)}, which this server does not decode: send it as it is`,
  );
}

/**
 * Resolves with the value that the body holds; undefined for an empty body, also one said to be JSON: some clients say so of every
 * request. Rejects with a Problem. Never settles when the caller goes away before it has sent all of it.
 */
export function readBody(
  { raw, headers }: Request,
  response: Response,
  most: number,
): Promise<Json | undefined> {
  const { 'content-type': type, 'content-length': length } = headers;
  const isEmpty = headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  if (type === undefined && isEmpty) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    if (type === undefined || !json.test(type))
      return reject(new Problem('unsupported-media-type', 'the body must be JSON and say so'));
    const refuse = (problem: unknown): void => {
      // The rest of this body may still be on its way: it must not be taken for the next request.
      response.header('connection', 'close');
      reject(problem as Problem);
    };
    if (Number(length) > most) return refuse(tooLarge(most));
    let body: Buffer | null = null;
    raw.on('data', (chunk: Buffer) => {
      const whole = body === null ? chunk : Buffer.concat([body, chunk]);
      if (whole.length > most) refuse(tooLarge(most));
      else body = whole;
    });
    raw.on('end', () => {
      try {
        resolve(body === null ? undefined : jsonIn(body));
      } catch (problem) {
        refuse(problem);
      }
    });
  });
}

export function tooLarge(most: number, what: 'body' | 'line' = 'body'): Problem {
  return new Problem('too-large', `the ${what} is larger than this server takes: ${most} bytes at most`);
}

/** The value of these bytes. Throws a Problem when they are not strict JSON. */
function jsonIn(body: Buffer): Json {
  if (!isUtf8(body)) throw notUtf8('body');
  return jsonOf(body.toString('utf8'));
}

export function notUtf8(what: 'body' | 'line'): Problem {
  return new Problem('invalid-json', `the ${what} is not UTF-8`);
}

/** The value of a text. Throws a Problem when it is not strict JSON. */
export function jsonOf(text: string): Json {
  // The value may be as deep as allowed, inside the object that carries it.
  const parsed = parseJson(text, limits.valueDepth + 1);
  if (parsed.ok) return parsed.value;
  throw new Problem('invalid-json', parsed.detail);
}
