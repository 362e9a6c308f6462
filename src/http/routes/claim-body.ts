import type { Command } from '../../core/entry.ts';
import { canonical } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { parseDuration } from '../../core/rule/duration.ts';
import type { Canonical, Json } from '../../core/types.ts';
import { bodyObject, canonicalValue } from '../input.ts';
import { Problem } from '../problem.ts';

/** The members of a claim, and of what its holder says, read strictly. [Q10.1] [Q10.5] */

type Asked = Pick<Extract<Command, { type: 'claim' }>, 'holder' | 'lease' | 'value' | 'subjectHash'>;

/** Members that are null or left out mean the same, but for `value`: null is a value. */
export function claimIn(body: unknown): Asked {
  const { holder, lease, value, subjectHash } = bodyObject(body, ['holder', 'lease', 'value', 'subjectHash']);
  const most = limits.holderLength;
  if (typeof holder !== 'string' || holder.length === 0 || holder.length > most)
    throw new Problem(
      'invalid-request',
      `holder must be a text of 1 to ${most} characters that names this run`,
    );
  return {
    holder,
    lease: leaseIn(lease),
    ...(value !== undefined && { value: canonicalValue(value) }),
    ...(subjectHash != null && { subjectHash: subjectIn(subjectHash) }),
  };
}

function leaseIn(json: Json | undefined): number {
  const { leaseMin, leaseMax, leaseDefault } = limits;
  if (json === undefined || json === null) return leaseDefault;
  const lease = typeof json === 'string' || typeof json === 'number' ? parseDuration(json) : null;
  if (lease !== null && lease >= leaseMin && lease <= leaseMax) return lease;
  throw new Problem(
    'invalid-request',
    'lease must be a duration from 1s to 1d, such as 5m, or a number of ms',
  );
}

function subjectIn(json: Json): string {
  if (typeof json === 'string' && json.length >= 1 && json.length <= limits.subjectHashLength) return json;
  throw new Problem(
    'invalid-request',
    `subjectHash must be a text of 1 to ${limits.subjectHashLength} characters`,
  );
}

/** The fence that a holder got with its claim. */
export function fenceIn(json: Json | undefined): number {
  if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 1) return json;
  throw new Problem('invalid-request', 'fence must be the number that came with the claim');
}

/** What came of a decision; null where nothing is said. */
export function resultIn(json: Json = null): Canonical {
  const text = canonical(json);
  const bytes = Buffer.byteLength(text);
  if (bytes <= limits.resultBytes) return text;
  throw new Problem('too-large', `the result takes ${bytes} bytes, the limit is ${limits.resultBytes}`);
}
