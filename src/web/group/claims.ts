import { signal } from '@preact/signals';
import type { Group } from '../../client/group.ts';
import type { ClaimJson, EventJson, RoundJson } from '../../client/index.ts';
import { valueText } from '../value.ts';
import type { ClaimHappening, Line } from './audit.ts';

/** An event about the claim on a decision. [Q10.9] */
export type ClaimEvent = EventJson & { readonly claim: ClaimJson };

const isOfClaim = (event: EventJson): event is ClaimEvent => event.claim !== undefined;

/** Events that are remembered. */
const mostHeard = 200;

/** What the page knows of the claims on decisions: how each stands, by round, and what it has heard since it is open. */
export function claimsOf(group: Group) {
  const known = signal<ReadonlyMap<number, ClaimJson>>(new Map());
  const heard = signal<readonly ClaimEvent[]>([]);
  const learn = (claim: ClaimJson): void => {
    const before = known.peek().get(claim.round);
    // An answer may be older than an event that came meanwhile.
    if (before === undefined || claim.index >= before.index)
      known.value = new Map(known.peek()).set(claim.round, claim);
  };
  const read = async ({ state, round }: Pick<RoundJson, 'state' | 'round'>): Promise<void> => {
    if (state === 'SUCCESS') await group.readClaim(round).then(learn, () => {});
  };
  return {
    known,
    heard,
    read,
    /** Whether the event was about a claim, and told all that there is to know. */
    hear(event: EventJson): boolean {
      if (!isOfClaim(event)) return false;
      learn(event.claim);
      heard.value = [...heard.peek(), event].slice(-mostHeard);
      return true;
    },
    /** Reads those again whose lease seems to end before that time (ms): of a renewal there is no event. */
    look(before: number): void {
      for (const { until, round } of known.peek().values())
        if (until !== null && Date.parse(until) < before) read({ state: 'SUCCESS', round }).catch(() => {});
    },
  };
}

/**
 * What happened to the claim on a round, the first first: what was heard, and where that leaves gaps what the claim itself tells, which
 * is how it stands but not since when. Its fence is the index of the entry that gave it.
 */
export function claimLines(claim: ClaimJson | undefined, heard: readonly ClaimEvent[]): Line[] {
  if (claim === undefined || claim.fence === null) return [];
  const events = heard.filter((one) => one.claim.round === claim.round);
  const lines = events.map((event) => lineOf(event.type as What, event.claim, event));
  const [first, last] = [events[0], events.at(-1)];
  if (first !== undefined && first.type !== 'claimed') lines.unshift(untimed('claimed', first.claim));
  const isAnother = last?.claim.fence !== claim.fence;
  if (isAnother) lines.push(untimed('claimed', claim));
  if (isAnother || last?.claim.state !== claim.state) {
    if (claim.state === 'spent') lines.push(untimed('spent', claim));
    if (claim.state === 'free') lines.push(untimed('claim-ended', claim));
  }
  return lines;
}

type What = ClaimHappening['what'];

function lineOf(
  what: What,
  { holder, fence }: ClaimJson,
  { time, index }: Pick<Line, 'time' | 'index'>,
): Line {
  const who = holder === null ? null : valueText(holder);
  return { time, index, happening: { what, holder: who, fence: fence ?? 0 } };
}

const untimed = (what: What, claim: ClaimJson): Line =>
  lineOf(what, claim, { time: null, index: what === 'claimed' ? claim.fence : null });
