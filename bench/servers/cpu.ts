import { readdirSync, readFileSync } from 'node:fs';
import type { Figure } from '../figure.ts';

/** Linux counts in hundredths of a second. */
const tickUs = 10_000;

/** User and system time of a process and its descendants, microseconds; null where the system does not tell. */
export function cpuUs(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  return childrenOf(pid).reduce((sum, child) => sum + (cpuUs(child) ?? 0), timeIn(`/proc/${pid}/stat`));
}

/** The same of its main thread alone. */
export function mainThreadUs(pid: number): number | null {
  return process.platform === 'linux' ? timeIn(`/proc/${pid}/task/${pid}/stat`) : null;
}

function timeIn(file: string): number {
  const stat = readFileSync(file, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** What `measure` measured, with the processor time that the servers took for each request. */
export async function withCpu(
  servers: readonly { cpuUs(): number | null }[],
  measure: () => Promise<{ readonly figure: Figure; readonly requests: number }>,
): Promise<Figure> {
  const total = (): number => servers.reduce((sum, server) => sum + (server.cpuUs() ?? Number.NaN), 0);
  const before = total();
  const { figure, requests } = await measure();
  const each = (total() - before) / requests;
  return Number.isFinite(each) ? { ...figure, cpuUs: Math.round(each) } : figure;
}
