import type { Claim, RoundJson } from '../../client/index.ts';

/** What a gate adds to the environment of its command. */
export const gateVariables = [
  'QUORATE_FENCE',
  'QUORATE_GROUP',
  'QUORATE_ROUND',
  'QUORATE_STATE',
  'QUORATE_VALUE',
  'QUORATE_SUBJECT',
  'QUORATE_HOLDER',
] as const;

/** Their values. The decided value is JSON; the subject is empty where the decision is on none. */
export function variablesOf(
  { fence, claimed }: Claim,
  { group, round, state, value, subjectHash }: RoundJson,
): Record<(typeof gateVariables)[number], string> {
  return {
    QUORATE_FENCE: String(fence),
    QUORATE_GROUP: group,
    QUORATE_ROUND: String(round),
    QUORATE_STATE: state,
    QUORATE_VALUE: JSON.stringify(value),
    QUORATE_SUBJECT: subjectHash ?? '',
    QUORATE_HOLDER: claimed.holder ?? '',
  };
}
