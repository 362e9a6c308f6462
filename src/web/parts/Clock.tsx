import { useComputed } from '@preact/signals';
import { now } from '../live.ts';
import { words } from '../words/index.ts';

interface ClockProps {
  readonly deadlineAt: string;
  readonly openedAt: string;
  /** What the time is until, beside the number. */
  readonly until?: string;
}

/** Whether a tenth of the time is left, or ten seconds. */
export function isSoon(leftMs: number, wholeMs: number): boolean {
  return leftMs < Math.max(10_000, wholeMs / 10);
}

/** The time left until the deadline, in large. It is silent for screen readers: the status says when it is short. */
export function Clock({ deadlineAt, openedAt, until = words.clock.until }: ClockProps) {
  const deadline = Date.parse(deadlineAt);
  const left = useComputed(() => Math.max(0, deadline - now.value));
  const soon = isSoon(left.value, deadline - Date.parse(openedAt));
  return (
    <p class={soon ? 'clock soon' : 'clock'}>
      <b role="timer">{words.clock.duration(left.value)}</b> {until}
    </p>
  );
}
