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
export async function readBody(
  request: Request,
  response: Response,
  most: number,
): Promise<Json | undefined> {
  const { headers } = request;
  const type = headers['content-type'];
  if (type === undefined && isEmpty(headers)) return undefined;
  if (type === undefined || !json.test(type))
    throw new Problem('unsupported-media-type', 'the body must be JSON and say so');
  try {
    const bytes = await bytesOf(request, most);
    return bytes.length === 0 ? undefined : jsonIn(bytes);
  } catch (problem) {
    // The rest of this body may still be on its way: it must not be taken for the next request.
    response.header('connection', 'close');
    throw problem;
  }
}

function isEmpty(headers: Request['headers']): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
}

function bytesOf({ raw, headers }: Request, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (): void =>
      reject(new Problem('too-large', `the body is larger than this server takes: ${most} bytes at most`));
    if (Number(headers['content-length']) > most) return refuse();
    raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) refuse();
      else chunks.push(chunk);
    });
    raw.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
  });
}

/** The value of a text in strict JSON. */
function jsonIn(body: Buffer): Json {
  if (!isUtf8(body)) throw new Problem('invalid-json', 'the body is not UTF-8');
  // The value may be as deep as allowed, inside the object that carries it.
  const parsed = parseJson(body.toString('utf8'), limits.valueDepth + 1);
  if (parsed.ok) return parsed.value;
  throw new Problem('invalid-json', parsed.detail);
}
