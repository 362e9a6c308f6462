import type { EventJson, RoundJson } from '../core/view/json-types.ts';

/**
 * Every visible state of the open round and each outcome once, in order, also across gaps in the events.
 *
 * `events` begin with the group's present state; `closed` gives a closed round, or null when the server no longer keeps it.
 */
export async function* watchRounds(
  events: AsyncIterable<EventJson>,
  closed: (round: number) => Promise<RoundJson | null>,
): AsyncGenerator<RoundJson, void, void> {
  let last: RoundJson | null = null;
  for await (const event of events) {
    let { round } = event;
    if (!round) continue;
    if (last !== null && isOld(round, last)) continue;
    // Rounds are missing only after a resync.
    const from = last === null ? round.round : last.state === 'WAITING' ? last.round : last.round + 1;
    for (let number = from; number < round.round; number += 1) {
      const missed = await closed(number);
      if (missed !== null) yield missed;
    }
    // A round that is too large for an event comes without its lists.
    if (round.tally === null && round.state !== 'WAITING') round = (await closed(round.round)) ?? round;
    yield round;
    last = round;
  }
}

function isOld(round: RoundJson, last: RoundJson): boolean {
  return round.round < last.round || (round.round === last.round && round.revision <= last.revision);
}
