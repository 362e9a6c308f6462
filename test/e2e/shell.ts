import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Run, within } from '../harness/server.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const programs = `quorate() { ${process.execPath} ${checkout}/bin/quorate.js "$@"; }
npx() { shift; quorate "$@"; }`;

/**
 * Runs a script with `sh`, in which `quorate` and `npx quorate` are the program of this checkout, and with nothing of the
 * caller's own configuration; killed with all it started when it has not ended within `limit` ms.
 */
export async function shell(
  script: string,
  env: Readonly<Record<string, string>> = {},
  limit = 60_000,
): Promise<Run> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(QUORATE_|VITEST|NODE_OPTIONS$|XDG_)/.test(name),
  );
  const child = spawn('sh', ['-c', `${programs}\n${script}`], {
    env: { ...Object.fromEntries(own), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return within(limit, ended, () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    return `no end within ${limit} ms\n${script}\n${stdout}\n${stderr}`;
  });
}

/** Whether these programs are here for `what`. In CI a missing one fails; elsewhere the skip is said aloud. */
export function canRun(what: string, programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isHere(program));
  if (missing.length === 0) return true;
  const advice = `no ${missing.join(', no ')} on this machine, which ${what} needs`;
  if (process.env.CI) throw new Error(advice);
  console.error(`!!!! SKIPPED: ${what}: ${advice}`);
  return false;
}

function isHere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
