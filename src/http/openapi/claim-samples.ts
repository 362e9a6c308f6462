import type { ClaimJson } from '../../core/view/json-types.ts';

/** The story of samples.ts goes on: one of several runners deploys what was let through. */

export const free: ClaimJson = {
  ...{
    group: 'deploy',
    round: 1,
    state: 'free',
    holder: null,
    by: null,
    fence: 15,
    until: null,
    result: null,
  },
  ...{ revision: 7, index: 16 },
};

export const held = {
  ...free,
  ...{ state: 'held', holder: 'runner-7-attempt-1', fence: 15, until: '2026-01-05T09:03:00.000Z' },
  ...{ revision: 6, index: 15 },
} as const satisfies ClaimJson;

export const spent = {
  ...held,
  ...{ state: 'spent', until: null, result: { version: '8.12.0' }, revision: 7, index: 16 },
} as const satisfies ClaimJson;
