/** What a page says to who does not see it: not more often than somebody can listen. */

/** The least time between two messages, ms. */
export const leastMs = 1000;

/** Times left that are said once each, ms, and for how long they stand to be said, ms. */
const warnings = { minute: 60_000, seconds: 10_000 } as const;
const standsMs = 4000;

export type Warning = keyof typeof warnings;

/** Which time left is said now; null: none. */
export function warningAt(leftMs: number): Warning | null {
  for (const [warning, ms] of Object.entries(warnings) as [Warning, number][])
    if (leftMs <= ms && leftMs > ms - standsMs) return warning;
  return null;
}

/** How long a new message has to wait, ms, when the last one was said at `lastMs`; null: none was yet. */
export function waitOf(lastMs: number | null, nowMs: number): number {
  return lastMs === null ? 0 : Math.max(0, lastMs + leastMs - nowMs);
}
