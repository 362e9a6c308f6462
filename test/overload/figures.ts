// @ts-nocheck
/** What tenants met during a phase, and how the server's process was meanwhile. */
export function figuresOf({ name, from, to, fds }, samples, watched, { tenants, rate }) {
  const met = samples.filter(({ due }) => due >= from && due < to);
  const admitted = met.filter(({ status }) => status >= 200 && status < 300);
  const times = admitted.map(({ ms }) => ms).sort((a, b) => a - b);
  const byStatus = {};
  for (const { status } of met) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const process = watched.filter(({ at }) => at >= from && at < to);
  const seconds = (to - from) / 1000;
  const cpu = (process.at(-1)?.cpu ?? 0) - (process[0]?.cpu ?? 0);
  return {
    name,
    requests: met.length,
    byStatus,
    // Three proposals to a round, and one more request a second.
    served: round(admitted.length / (seconds * tenants * (rate * 3 + 1)), 3),
    p50: round(share(times, 0.5), 1),
    p99: round(share(times, 0.99), 1),
    max: round(times.at(-1) ?? 0, 1),
    rssMiB: Math.round(Math.max(0, ...process.map(({ rss }) => rss))),
    fds: fds ?? Math.max(0, ...process.map((one) => one.fds)),
    cpuShare: round(cpu / (to - from), 2),
  };
}

/** ms from the end of an attack to the end of the last request due after it that took longer than `bound`; 0 when none did. */
export function recoveryAfter({ to, over }, samples, bound) {
  const late = samples.filter(
    ({ due, ms, status }) => due + ms > to && due < over && (ms > bound || status === 0),
  );
  // One request in a hundred may always be slow: what counts is when that was no longer the rule.
  for (let at = to; at < over; at += 100) {
    const inWindow = samples.filter(({ due }) => due >= at && due < at + 500).length;
    const lateInWindow = late.filter(({ due }) => due >= at && due < at + 500).length;
    if (inWindow > 0 && lateInWindow / inWindow < 0.01) return Math.round(at - to);
  }
  return Math.round(over - to);
}

export function table({ phases, missed, rounds, load }) {
  const head = ['phase', 'served', 'p50 ms', 'p99 ms', 'max ms', 'RSS MiB', 'fds', 'CPU', 'back ms'];
  const rows = phases.map((one) => [
    one.name,
    one.served,
    one.p50,
    one.p99,
    one.max,
    one.rssMiB,
    one.fds,
    one.cpuShare,
    one.recoveryMs ?? '-',
  ]);
  const lines = [head, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(14) : String(cell).padStart(9))).join(''),
  );
  for (const { name, report } of phases)
    if (report !== undefined) lines.push(`${name}: ${JSON.stringify(report)}`);
  lines.push(`${rounds} rounds, load ${load.toFixed(1)}`);
  lines.push(missed.length === 0 ? 'all goals met' : missed.map((text) => `MISSED ${text}`).join('\n'));
  return `${lines.join('\n')}\n`;
}

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const round = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;
