import type { RoundJson } from '../core/view/json-types.ts';
import { hasCode } from './errors.ts';
import { GroupAgents } from './group-agents.ts';
import type { CallOptions, ReadOptions } from './requests.ts';
import { countdown, type Duration, toMs } from './time.ts';

/** The part of `Group` that is about rounds that somebody opens, closes or changes by hand. */
export abstract class GroupByHand extends GroupAgents {
  abstract round(which: number | 'open' | 'latest', options?: ReadOptions): Promise<RoundJson>;

  /**
   * Opens the next round of a group whose rule says `next: "manual"`; returns the open round when there is one. With
   * `round` it opens the round of that number, or returns it as it is when it was opened before.
   *
   * @example
   * const { round } = await group.open();
   */
  async open(options: CallOptions & { round?: number } = {}): Promise<RoundJson> {
    const { signal, deadline } = options;
    const left = countdown(this.transport.wire.clock, deadline);
    let { round } = options;
    if (round === undefined) {
      const latest = await this.round('latest', { signal, deadline: left() });
      if (latest.state === 'WAITING') return latest;
      round = latest.round + 1;
    }
    return this.send({ method: 'POST', path: '/rounds', body: { round } }, { signal, deadline: left() });
  }

  /**
   * Closes a round by hand, so that the proposals made so far decide it. Returns the closed round, also when it was
   * closed before.
   *
   * @example
   * const { round } = await group.round('open');
   * const { state, reason } = await group.close(round);
   */
  async close(round: number, options: CallOptions = {}): Promise<RoundJson> {
    try {
      return await this.send<RoundJson>({ method: 'POST', path: `/rounds/${round}/close` }, options);
    } catch (error) {
      if (hasCode(error, 'round-closed') && error.round !== null) return error.round;
      throw error;
    }
  }

  /**
   * Sets the deadline of the open round, for who may close it: a duration from now, a time, or null for none. With
   * `ifRevision` only while the group has this revision. What is sent is the time, by this machine's clock, so that a call
   * whose answer was lost does not move it twice. Rejects with `deadline-out-of-range` for a time that the rule forbids.
   *
   * @example
   * const { round } = await group.round('open');
   * await group.setDeadline(round, '10m');
   * await group.setDeadline(round, '2099-12-31T18:00:00Z').catch((error) => console.error(error.message));
   * const { deadlineAt } = await group.setDeadline(round, null);
   */
  async setDeadline(
    round: number,
    deadline: Duration | Date | string | null,
    options: CallOptions & { ifRevision?: number } = {},
  ): Promise<RoundJson> {
    const { ifRevision } = options;
    const headers = ifRevision === undefined ? {} : { 'if-match': `"${ifRevision}"` };
    const body = { deadline: timeOf(deadline) };
    return this.send({ method: 'PATCH', path: `/rounds/${round}`, body, headers }, options);
  }

  /**
   * Takes an elector who has not proposed out of the open round, for who manages the group and for whom its `mayWaive`
   * names: the round goes on without it, and shows the reason. Sent again it is the same, with the first reason. Rejects
   * with `cannot-be-waived` where nothing could be decided without it.
   *
   * @example
   * const team = connect({ url }).group('team');
   * await team.create({ rule: { electorate: { agents: ['ann', 'bob', 'cy'] } } });
   * const { waived } = await team.waive(1, 'cy', 'on holiday');
   */
  async waive(round: number, agent: string, reason: string, options: CallOptions = {}): Promise<RoundJson> {
    const path = `/rounds/${round}/waivers/${encodeURIComponent(agent)}`;
    return this.send({ method: 'PUT', path, body: { reason } }, options);
  }
}

/** The last moment that RFC 3339 can write, ms. */
const lastTime = Date.UTC(9999, 11, 31);

/** The time that a deadline names, as text; of a duration, counted from now. */
function timeOf(deadline: Duration | Date | string | null): string | null {
  if (deadline === null) return null;
  if (deadline instanceof Date) return deadline.toISOString();
  // A time has a T in it, and no duration has.
  if (typeof deadline === 'string' && /t/i.test(deadline)) return deadline;
  return new Date(Math.min(Date.now() + toMs(deadline as Duration), lastTime)).toISOString();
}
