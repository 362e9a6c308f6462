import type { ProposalJson, RoundJson } from '../../src/core/view/json-types.ts';

/** Rounds and proposals as the server shows them, for tests of what is made of them. */

export function roundOf(parts: Partial<RoundJson> = {}): RoundJson {
  return {
    group: 'lunch',
    round: 1,
    state: 'WAITING',
    reason: null,
    value: null,
    eligible: 5,
    present: 0,
    options: null,
    equality: 'exact',
    missing: [],
    waived: [],
    openedAt: '2026-11-28T14:00:00.000Z',
    deadlineAt: null,
    deadlineSet: null,
    closedAt: null,
    tally: null,
    stats: null,
    explain: '',
    subjectHash: null,
    revision: 1,
    index: 1,
    ...parts,
  };
}

/** A proposal, so many seconds after the opening; without a value while it is hidden. */
export function proposed(agent: string, seconds: number, parts: Partial<ProposalJson> = {}): ProposalJson {
  const time = new Date(Date.parse('2026-11-28T14:00:00.000Z') + seconds * 1000).toISOString();
  return { agent, time, index: 10 + seconds, token: true, changes: [], ...parts };
}
