import type { GroupJson, ProposalJson, RoundJson } from '../../client/index.ts';
import { now } from '../live.ts';
import { words } from '../words/index.ts';
import { timersOf } from './timers.ts';

const say = words.group.timers;

interface TimelineProps {
  readonly round: RoundJson;
  readonly rule: GroupJson['rule'];
  readonly proposals: readonly ProposalJson[];
}

/** The timers of an open round on one bar; the list under it says all. */
export function Timeline({ round, rule, proposals }: TimelineProps) {
  const timers = timersOf(round, rule, proposals, now.value);
  const { open, minWait, lastCall, deadline, gone } = timers;
  const when = (after: number) => <b>{after > open ? say.in(after - open) : say.passed}</b>;
  const then = typeof rule.onDeadline === 'string' ? rule.onDeadline : 'default';
  const ticks = [minWait, lastCall].map((timer) => timer?.at ?? null).filter((at) => at !== null);
  return (
    <section class="timeline" aria-label={say.label}>
      {gone !== null && (
        <div class="track" aria-hidden="true">
          <span class="gone" style={{ '--now': gone }} />
          {ticks.map((at) => (
            <span class="tick" key={at} style={{ '--at': at }} />
          ))}
        </div>
      )}
      <ul>
        <li>
          {say.open}
          <b>{words.clock.duration(open)}</b>
        </li>
        {minWait !== null && (
          <li>
            {say.minWait(minWait.after)}
            {when(minWait.after)}
          </li>
        )}
        {lastCall !== null && (
          <li>
            {say.lastCall}
            {when(lastCall.after)}
          </li>
        )}
        {deadline !== null && (
          <li>
            {say.deadline}
            {when(deadline)}
            {say.atDeadline[then]}
          </li>
        )}
      </ul>
    </section>
  );
}
