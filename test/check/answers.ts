import type { Event } from '../../src/core/result.ts';
import type { Json } from '../../src/core/types.ts';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import type { Exchange } from '../sim/evidence.ts';

/** An answer with what it says, read once. */
export interface Answer {
  readonly exchange: Exchange;
  readonly text: string;
  readonly status: number;
  readonly index: number | null;
  readonly body: { readonly [name: string]: unknown } | null;
}

export function answerOf(exchange: Exchange): Answer[] {
  const { request, response } = exchange;
  if (response === null) return [];
  const { status, text, headers } = response;
  // Of an answer that was waited for at a local copy the header says where the wait began.
  const header = request.path.includes('consistency=local') ? undefined : headers['quorate-index'];
  const said = text.startsWith('{') && header === undefined ? JSON.parse(text) : null;
  const body = said as Answer['body'];
  const index = header === undefined ? ((body?.index as number | undefined) ?? null) : Number(header);
  return [{ exchange, text, status, index, body }];
}

/** The place in the log at which an answer was given; the `index` of a message is that of its own entry, whenever it is asked for. */
export function placeOf({ exchange, index }: Answer): number | null {
  const { request, response } = exchange;
  const isMessage = /^\/v1\/groups\/[^/]+\/messages/.test(request.path);
  const session = response?.headers['quorate-session'];
  return isMessage && session !== undefined ? Number(session.split('.')[1]) : index;
}

/** The proposal a request carries, or null. */
export function proposalIn({ request }: Exchange): { group: string; agent: string; value: string } | null {
  const { method, path, body } = request;
  if (body === null || method === 'GET' || !path.startsWith('/v1/') || !path.includes('/proposals'))
    return null;
  const parts = (path.split('?', 1)[0] as string).split('/');
  const said = JSON.parse(body) as { agent?: string; value?: unknown };
  const agent = said.agent ?? (parts[7] as string);
  return {
    group: parts[3] as string,
    agent,
    value: said.value === undefined ? 'null' : JSON.stringify(said.value),
  };
}

/** Whether a proposal that was answered with 2xx was counted: it may also have come after the decision. [Q3.8] */
export function isCounted({ response }: Exchange): boolean {
  return response?.headers['quorate-proposal'] !== 'not-counted';
}

export function label({ exchange }: Answer): string {
  const { process, server, request } = exchange;
  return `${process}'s ${request.method} ${request.path} at s${server}`;
}

/** The texts and numbers within a value, as text. */
export function textsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.values(value).flatMap(textsIn);
}

/** Whether a text tells a secret. A number that is a part of a longer one, such as a mean, is another number. */
export function tells(text: string, secret: string): boolean {
  if (!text.includes(secret)) return false;
  if (!/^-?\d/.test(secret)) return true;
  return new RegExp(`(?<![\\d.])${secret.replace('.', '\\.')}(?!\\d|\\.\\d)`).test(text);
}

export function groupBy<T>(list: readonly T[], keyOf: (one: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/**
 * Whether the round's time had run out when the command came that deleted its group: it ended by that, one step before
 * the group was gone, and no replay sees the moment between.
 */
export function endedByDeletion(events: readonly Event[], { group, round, revision }: RoundJson): boolean {
  const own = events.filter((event) => event.group === group);
  const ended = own.findIndex(
    (event) => event.type === 'round-closed' && event.round === round && event.revision === revision,
  );
  return ended !== -1 && own.slice(ended + 1).some(({ type }) => type === 'group-deleted');
}
