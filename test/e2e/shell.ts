import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Run, within } from '../harness/server.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const limit = 60_000;

/**
 * Runs a script with `sh`, in which `quorate` is the program of this checkout, and with nothing of the caller's own
 * configuration; killed with all it started when it has not ended within a minute.
 */
export async function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(QUORATE_|VITEST|NODE_OPTIONS$|XDG_)/.test(name),
  );
  const child = spawn(
    'sh',
    ['-c', `quorate() { ${process.execPath} ${checkout}/bin/quorate.js "$@"; }\n${script}`],
    {
      env: { ...Object.fromEntries(own), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
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
