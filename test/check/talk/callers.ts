import type { Blame, Evidence, Exchange } from '../../sim/evidence.ts';
import { type Answer, label } from '../answers.ts';

/** What callers lived through with a group's stream, whatever the log says. */

/** A message of one process, over all requests in which it was sent. */
interface Sent {
  readonly key: string;
  readonly began: number;
  readonly ended: number;
  readonly offsets: ReadonlySet<number>;
}

/** I23: whatever was sent after another's answer has come has the higher offset: so each sender's own, and a reply. */
export function inOrder(answers: readonly Answer[], exchanges: readonly Exchange[], blame: Blame): void {
  const began = new Map<string, number>();
  for (const exchange of exchanges) {
    const key = keyOf(exchange);
    if (key !== null) began.set(key, Math.min(began.get(key) ?? Infinity, exchange.invoked));
  }
  const sent = new Map<string, Sent>();
  for (const { exchange, body, status } of answers) {
    const key = keyOf(exchange);
    if (key === null || exchange.completed === null || status >= 300 || typeof body?.offset !== 'number')
      continue;
    const { ended = Infinity, offsets = new Set<number>() } = sent.get(key) ?? {};
    sent.set(key, {
      key,
      began: began.get(key) as number,
      ended: Math.min(ended, exchange.completed),
      offsets: new Set([...offsets, body.offset]),
    });
  }
  for (const first of sent.values())
    for (const second of sent.values()) {
      if (first.ended >= second.began || groupOf(first.key) !== groupOf(second.key)) continue;
      const isBehind = Math.min(...second.offsets) <= Math.max(...first.offsets);
      if (isBehind && second.offsets.size === 1 && first.offsets.size === 1)
        blame('I23', `${second.key} was sent after ${first.key} was answered, and comes before it`);
    }
}

/** I10: no answer is older than what its caller's session has seen; I26: nobody sees a cursor go back. */
export function forward(answers: readonly Answer[], blame: Blame): void {
  const cursors = new Map<string, { readonly at: number; readonly offset: number; readonly index: number }>();
  for (const answer of answers) {
    const { exchange, text, status } = answer;
    const { request, completed } = exchange;
    if (status >= 300 || !text.startsWith('{')) continue;
    const body = JSON.parse(text) as { index?: number; offset?: number; agent?: string };
    const seen = Number((request.headers['quorate-session'] ?? '').split('.')[1] ?? 0);
    if (request.path.includes('consistency=local') && (body.index ?? Infinity) < seen)
      blame('I10', `${label(answer)} is of ${body.index}, its caller has seen ${seen}`);
    if (!request.path.endsWith('/cursor') || completed === null || request.path.includes('/temp/')) continue;
    const last = cursors.get(request.path);
    const { offset = 0, index = 0 } = body;
    if (last !== undefined && index > last.index && offset < last.offset)
      blame('I26', `${label(answer)} shows ${offset} at ${index}, it was ${last.offset} at ${last.index}`);
    if (last === undefined || offset > last.offset)
      cursors.set(request.path, { at: completed, offset, index });
  }
}

/**
 * I22: the SDK gives a member each item once, in order, without gaps; I26: it says of none that it is handled before the member
 * has had it.
 */
export function followed(
  { followed, exchanges }: Evidence,
  blame: Blame,
  count: (what: string) => void,
): void {
  for (const { process, group, items, began, ended } of followed) {
    if (items.length > 1) count('stream followed by the SDK');
    const gap = items.findIndex(({ offset }, i) => i > 0 && offset !== (items[i - 1]?.offset ?? 0) + 1);
    if (gap > 0)
      blame('I22', `${process} follows ${group}: after ${items[gap - 1]?.offset} came ${items[gap]?.offset}`);
    const own = exchanges.filter((one) => one.process === process && one.request.path.endsWith('/cursor'));
    for (const { request, invoked } of own) {
      if (invoked < began || invoked > ended || request.body === null) continue;
      const { offset } = JSON.parse(request.body) as { offset: number };
      const last = items.filter(({ at }) => at < invoked).at(-1)?.offset ?? 0;
      if (offset > last) blame('I26', `${process} has handled ${offset} of ${group}, it was given ${last}`);
    }
  }
}

function keyOf({ process, request }: Exchange): string | null {
  const { method, path, headers } = request;
  const key = headers['idempotency-key'];
  const isSent = method === 'POST' && /^\/v1\/groups\/[^/]+\/messages(\?|$)/.test(path);
  return isSent && key !== undefined ? `${path.split('/')[3]} ${process} ${key}` : null;
}

function groupOf(key: string): string {
  return key.split(' ')[0] as string;
}
