import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CliError } from '../exit.ts';

/** An agent in its own process, which runs `quorate agent`. */
export interface AgentProcess {
  /** Resolves when the process ends with exit code 0, else rejects with its last output. */
  readonly ended: Promise<void>;
  kill(): void;
}

export interface AgentOptions {
  readonly url: string;
  readonly group: string;
  readonly name: string;
  readonly max: number;
  readonly limitMs: number;
}

const outputLength = 2000;

export function startAgent({ url, group, name, max, limitMs }: AgentOptions): AgentProcess {
  const program = fileURLToPath(new URL('../main.js', import.meta.url));
  // The deadline ends an agent whose demo was killed and could not end it.
  const args = ['agent', group, name, '--max', String(max), '--url', url, '--deadline', `${limitMs}ms`];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let lastOutput = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastOutput = (lastOutput + text).slice(-outputLength);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      const how = signal === null ? `exit code ${code}` : signal;
      reject(new CliError(`${name} ended with ${how}`, `its last output: ${lastOutput.trim()}`));
    });
  });
  return { ended, kill: () => child.kill('SIGKILL') };
}
