/** ms by which log time may be ahead of a machine's clock without a word. */
const unsaid = 5000;

/** Why the times of a log are not those of the machine, for whoever runs it. [Q7.10] */
export interface TimeAhead {
  readonly aheadMs: number;
  readonly says: string;
  readonly fix: string;
}

/** Log time and the machine's, in ms since 1970; null where the first is not ahead, or by next to nothing. */
export function timeAhead(logTime: number, wall: number): TimeAhead | null {
  const aheadMs = Math.round(logTime - wall);
  if (aheadMs <= unsaid) return null;
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
