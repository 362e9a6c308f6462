import type { Command } from '../../src/core/entry.ts';
import { canonical } from '../../src/core/json.ts';
import { parseDuration } from '../../src/core/rule/duration.ts';
import type { Json } from '../../src/core/types.ts';

/** What a transcript says of claims. */

/** A claim, or what its holder does with it; null when it is something else. `tokenOf` gives the token that an agent speaks by. */
export function actingIn(
  group: string,
  what: string,
  tokenOf: (agent: string, named: string | undefined) => string | null,
): Command | null {
  const form =
    /^(?:(\S+) )?(claims?|renews? claim|spends?|gives? back) (\d+)(?: for (\S+))?(?: fence (\d+))?(?: of (\S+))?(?: (?:lease|result) (\S+))?(?: meaning (\S+))?(?: by token (\S+))?$/;
  const said = form.exec(what);
  if (said === null) return null;
  const [, by = null, verb = '', number, holder = '', fence, subjectHash, more, value, token] = said;
  const tokenHash = by === null ? null : tokenOf(by, token);
  const right = { group, round: Number(number), by, tokenHash };
  if (verb.startsWith('claim')) {
    const meant = value === undefined ? {} : { value: canonical(JSON.parse(value) as Json) };
    const subject = subjectHash === undefined ? {} : { subjectHash };
    return {
      type: 'claim',
      holder,
      lease: parseDuration(more ?? '10s') ?? 0,
      ...meant,
      ...subject,
      ...right,
    };
  }
  const use = { fence: Number(fence), ...right };
  if (verb.startsWith('renew')) return { type: 'renew-claim', ...use };
  if (verb.startsWith('give')) return { type: 'give-back-claim', ...use };
  return { type: 'spend-claim', result: canonical(JSON.parse(more ?? 'null') as Json), ...use };
}
