import { readFileSync } from 'node:fs';
import { type AllowList, allowListOf } from './allow-list.ts';
import { type SigningKey, signingKeyIn } from './sign.ts';

/** What the person who runs the server lets webhooks do. */
export interface Allowed {
  readonly list: AllowList;
  /** Signs besides the secret of each webhook; null: nothing else does. */
  readonly key: SigningKey | null;
}

/** Null where nothing is listed: then there are no webhooks. Throws an Error that says what is wrong with the options. */
export function allowedBy(list: readonly string[] = [], keyFile?: string): Allowed | null {
  if (list.length > 0)
    return {
      list: allowListOf(list),
      key: keyFile === undefined ? null : signingKeyIn(readFileSync(keyFile, 'utf8')),
    };
  if (keyFile === undefined) return null;
  throw new Error('--webhook-key signs nothing without --webhook-allow: say where webhooks may go');
}
