import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '../../client/time.ts';
import { CliError, exit, messageOf } from '../exit.ts';

export type Argv = readonly [string, ...string[]];

// What was killed is gone within this time, unless the machine holds it fast.
const killedWithinMs = 2000;
const lookAgainMs = 20;

/**
 * A shell that ends the command of a gate that was killed itself. It reads the number of the command's process group and then waits
 * for a line, which comes when the command has ended; the end of its input without that line means that the gate is gone.
 */
const guard = `
read -r group || exit
read -r _ && exit
kill -s TERM -- "-$group"
waited=0
while kill -s 0 -- "-$group" && [ $waited -lt "$1" ]; do sleep 1; waited=$((waited + 1)); done
kill -s KILL -- "-$group"`;

/** Throws a CliError where there is no such program to run. */
export function findProgram([program]: Argv): void {
  const places = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  if (!places.some(isProgram)) throw notRun(program, 'there is no such program');
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function notRun(program: string, why: string): CliError {
  const fix = `check the name, PATH, and that it may be executed; through a shell: -- sh -c '...'`;
  return new CliError(`${program} cannot be run: ${why}`, fix, exit.usage);
}

/**
 * Starts a program in a process group of its own, with this process's input and output. `stdout` is where its standard output
 * goes; `graceMs` is what it has to end in when this process is killed. Rejects with a CliError when it cannot be started.
 */
export async function start(
  [program, ...args]: Argv,
  env: NodeJS.ProcessEnv,
  stdout: 'inherit' | 2,
  graceMs: number,
): Promise<Running> {
  const watcher = spawn('sh', ['-c', guard, 'sh', String(Math.ceil(graceMs / 1000))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell, or once it was killed, nothing watches over the command.
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  try {
    const child = spawn(program, args, { stdio: ['inherit', stdout, 'inherit'], detached: true, env });
    watcher.stdin.write(`${child.pid ?? ''}\n`);
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return new Running(child, () => watcher.stdin.end('ended\n'));
  } catch (error) {
    watcher.stdin.end('ended\n');
    throw notRun(program, messageOf(error));
  }
}

/** A program that runs, with all that it has started in its process group. */
export class Running {
  /** Resolves with its exit code; of one that a signal has ended 128 and the number of the signal. */
  readonly ended: Promise<number>;
  private readonly group: number;
  private readonly onEnd: () => void;
  private stopping = false;

  /** `onEnd` is called once nobody needs to watch over it any more. */
  constructor(child: ChildProcess, onEnd: () => void) {
    this.group = -(child.pid as number);
    this.onEnd = onEnd;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // Of one that is being stopped, others of its group may still run.
        if (!this.stopping) onEnd();
        resolve(code ?? 128 + os.signals[signal as NodeJS.Signals]);
      });
    });
  }

  /** Stops the whole group: SIGTERM, and after `graceMs` SIGKILL. Resolves with whether all of it is gone. */
  async stop(graceMs: number): Promise<boolean> {
    this.stopping = true;
    this.send('SIGTERM');
    let gone = await this.isGone(graceMs);
    if (!gone) {
      this.send('SIGKILL');
      gone = await this.isGone(killedWithinMs);
    }
    this.onEnd();
    return gone;
  }

  private async isGone(withinMs: number): Promise<boolean> {
    const over = systemClock.now() + withinMs;
    while (this.send(0)) {
      if (systemClock.now() >= over) return false;
      await systemClock.sleep(lookAgainMs);
    }
    return true;
  }

  /** Sends a signal to the group, 0 for none; returns whether there is anybody in it. */
  private send(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(this.group, signal);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ESRCH';
    }
  }
}
