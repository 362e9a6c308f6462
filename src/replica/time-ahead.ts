/** Log time may be ahead of a machine's clock by so many ms without a notice. */
const mayBeAheadMs = 5000;

/** What the operator is told about log time that is ahead of the machine's clock. [Q7.10] */
export interface TimeAhead {
  readonly aheadMs: number;
  readonly says: string;
  readonly fix: string;
}

/** Returns null when log time is not ahead of the machine's, or only a little. Both in ms since 1970. */
export function timeAhead(logTime: number, wall: number): TimeAhead | null {
  const aheadMs = Math.round(logTime - wall);
  if (aheadMs <= mayBeAheadMs) return null;
  const [there, here] = [logTime, wall].map((ms) => new Date(ms).toISOString());
  const says = `log time is ${inWords(aheadMs)} ahead of this machine's clock: ${there}, here it is ${here}`;
  const fix =
    'if this clock is slow, set it, and let NTP keep it; if it is right, one that was fast once wrote to the log: it goes on from there, deadlines and leases last as long as they should, and only the times shown stay ahead, until a new log is begun';
  return { aheadMs, says, fix };
}

function inWords(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
