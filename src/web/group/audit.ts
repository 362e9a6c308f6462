import type { ItemJson, ProposalJson, RoundJson, ViewItemJson } from '../../core/view/json-types.ts';

/** What happened in a round, as far as the server still tells it, the latest first. */

export type Happening =
  | { readonly what: 'opened' }
  | { readonly what: 'closed'; readonly state: RoundJson['state']; readonly reason: string }
  | { readonly what: 'proposed' | 'changed' | ViewItemJson['change']; readonly agent: string }
  | { readonly what: 'waived'; readonly agent: string; readonly by: string | null; readonly reason: string }
  | { readonly what: 'deadline'; readonly by: string | null; readonly times: number }
  | ClaimHappening;

/** To the claim on the decision. `claim-ended`: given back or run out, it is not known which. */
export interface ClaimHappening {
  readonly what: 'claimed' | 'spent' | 'claim-released' | 'claim-lapsed' | 'claim-ended';
  /** Null where nobody holds it any more. */
  readonly holder: string | null;
  readonly fence: number;
}

export interface Line {
  /** RFC 3339; null where the server does not say. */
  readonly time: string | null;
  /** Of the log; null where the server does not say. */
  readonly index: number | null;
  readonly happening: Happening;
}

/** `items`: of the group's stream, as far back as they are known; `claimed`: what happened to the claim, the first first. */
export function auditOf(
  round: RoundJson,
  proposals: readonly ProposalJson[],
  items: readonly ItemJson[],
  claimed: readonly Line[] = [],
): Line[] {
  const indexOf = (type: 'round-opened' | 'round-closed'): number | null =>
    items.find((item) => item.type === type && item.round === round.round)?.index ?? null;
  const lines: (Line & { readonly time: string })[] = [
    { time: round.openedAt, index: indexOf('round-opened'), happening: { what: 'opened' } },
  ];
  for (const item of items) {
    const isDuring =
      item.type === 'view' && item.at >= round.openedAt && item.at <= (round.closedAt ?? item.at);
    if (isDuring)
      lines.push({ time: item.at, index: item.index, happening: { what: item.change, agent: item.agent } });
  }
  const counted = (time: string | null, index: number | null, happening: Happening): void => {
    if (time !== null) lines.push({ time, index, happening });
  };
  for (const { agent, changes, time, index } of proposals) {
    for (const [place, change] of [...changes, { time, index }].entries())
      counted(change.time, change.index, { what: place === 0 ? 'proposed' : 'changed', agent });
  }
  for (const { agent, by, reason, time } of round.waived)
    lines.push({ time, index: null, happening: { what: 'waived', agent, by, reason } });
  if (round.deadlineSet !== null) {
    const { by, time, times } = round.deadlineSet;
    lines.push({ time, index: null, happening: { what: 'deadline', by, times } });
  }
  if (round.closedAt !== null)
    lines.push({
      time: round.closedAt,
      index: indexOf('round-closed'),
      happening: { what: 'closed', state: round.state, reason: round.reason ?? '' },
    });
  // Of what has the same time the later is the later in the list above.
  const before = lines
    .map((line, place) => ({ line, at: Date.parse(line.time), place }))
    .sort((one, other) => other.at - one.at || other.place - one.place)
    .map(({ line }) => line);
  // Only what is decided is claimed.
  return [...claimed.toReversed(), ...before];
}
