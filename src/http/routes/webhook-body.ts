import { randomBytes } from 'node:crypto';
import type { WebhookFormat, WebhookStates } from '../../core/types.ts';
import { bodyObject, type Fields } from '../input.ts';
import { Problem } from '../problem.ts';

/** The members of a webhook, read strictly. [Q11.1] */

export interface Wanted {
  readonly url: URL;
  readonly states: WebhookStates;
  readonly format: WebhookFormat;
  /** Null: not chosen by the caller. */
  readonly secret: string | null;
}

const states = ['all', 'SUCCESS', 'FAILED'] as const;
const formats = ['standard', 'slack', 'teams'] as const;
const urlLength = 2048;

/** Members that are null or left out mean the same. */
export function webhookIn(body: unknown): Wanted {
  const fields = bodyObject(body, ['url', 'states', 'format', 'secret']);
  return {
    url: urlIn(fields),
    states: oneOf('states', states, fields),
    format: oneOf('format', formats, fields),
    secret: secretIn(fields),
  };
}

function urlIn({ url: text }: Fields): URL {
  const bad = (why: string): Problem => new Problem('invalid-request', `url ${why}`);
  if (typeof text !== 'string' || text.length > urlLength || !URL.canParse(text))
    throw bad(
      `must be an address of at most ${urlLength} characters, such as https://hooks.example.com/quorate`,
    );
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw bad('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '')
    throw bad(
      'must have no user name and password: whoever lists webhooks sees it. Receivers check the signature',
    );
  url.hash = '';
  return url;
}

function oneOf<const T extends readonly [string, ...string[]]>(
  name: string,
  allowed: T,
  fields: Fields,
): T[number] {
  const value = fields[name] ?? allowed[0];
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Problem('invalid-request', `${name} must be ${allowed.map((one) => `"${one}"`).join(' or ')}`);
}

function secretIn({ secret = null }: Fields): string | null {
  if (secret === null) return null;
  const base64 = typeof secret === 'string' ? /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] : undefined;
  const bytes = Buffer.from(base64 ?? '', 'base64');
  // Written back, so that what other libraries read from it are the same bytes.
  if (bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64)
    return `whsec_${base64}`;
  throw new Problem(
    'invalid-request',
    'secret must be whsec_ and the base64 of 24 to 64 random bytes; left out, the server makes one',
  );
}

/** A secret of 256 random bits, as Standard Webhooks write it. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
