import { isUtf8 } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { abstain, type Choice, type Json, type Strategy } from '../client/index.ts';

export interface ExecOptions {
  /** Run by `sh -c`. */
  readonly command: string;
  /** ms that one run may take. */
  readonly timeout: number;
  /** Told to the command beside the round. */
  readonly group: string;
  readonly agent: string;
  /** How a text is read as JSON; undefined where it is none. */
  readonly parse: (text: string) => Json | undefined;
  /** Told why the agent abstains. */
  readonly onFailure: (why: string) => void;
}

// Far beyond the longest value that any server takes.
const longestOutput = 1 << 20;
// A command that never works would abstain for ever.
const failuresInARow = 3;
/** ms for what the command has written to arrive once it has ended. */
const lastWords = 1000;
/** ms; beyond it a timer fires at once. */
const longestTimer = 2 ** 31 - 1;

/** The command will not do as an agent. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * Any program as an agent. It is run anew for each round and reads one line of JSON from its standard input:
 * `{"group", "agent", "round", "last"}`, with the round that closed before in `last`, or null. What it writes to standard
 * output is its value: as JSON or, where it is none, as a string without the space around it. What it writes to
 * standard error is shown.
 *
 * A run fails that ends with another exit code than 0, writes nothing, what is not UTF-8 or what the server cannot take,
 * or takes too long. The agent then abstains in that round, so that the others are not kept waiting; the third failure in
 * a row, or a command that cannot be run at all, ends the agent with `CommandFailed`. A run is over when the command is:
 * the processes it started end with it.
 */
export function exec(options: ExecOptions): Program {
  const { group, agent, parse, onFailure } = options;
  let failures = 0;
  let wasUsed = false;
  const fail = (why: string, fatal = false): typeof abstain => {
    wasUsed = false;
    failures += 1;
    if (fatal || failures === failuresInARow) throw new CommandFailed(`${options.command}: ${why}`);
    onFailure(why);
    return abstain;
  };
  return {
    propose: async (last, round, signal): Promise<Choice> => {
      if (wasUsed) failures = 0;
      const ended = await run(options, `${JSON.stringify({ group, agent, round, last })}\n`, signal);
      const text = ended.output.trim();
      const why = ended.why ?? (text === '' ? 'it wrote nothing' : null);
      if (why !== null) return fail(why, ended.fatal);
      wasUsed = true;
      const value = parse(text);
      return value === undefined ? text : value;
    },
    refused: (why) => fail(why),
  };
}

/** A program as an agent. Both throw `CommandFailed` when it will not do. */
export interface Program {
  readonly propose: Strategy;
  /** Says why the server cannot take what the last run wrote; gives what to put forward instead. */
  readonly refused: (why: string) => Choice;
}

interface Ended {
  readonly output: string;
  /** Why it failed, or null. */
  readonly why: string | null;
  /** It will not work the next time either. */
  readonly fatal: boolean;
}

async function run({ command, timeout }: ExecOptions, input: string, signal: AbortSignal): Promise<Ended> {
  // A group of its own, so that what the shell started ends with it.
  const child = spawn('sh', ['-c', command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: withoutOurs(process.env),
  });
  const end = () => endGroup(child);
  let why: string | null = null;
  const giveUp = (reason: string) => {
    why ??= reason;
    end();
  };
  const timer = setTimeout(() => giveUp(`no end within ${timeout} ms`), Math.min(timeout, longestTimer));
  signal.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  const written: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    written.push(chunk);
    bytes += chunk.length;
    if (bytes > longestOutput) giveUp(`more than ${longestOutput} bytes of output`);
  });
  // It need not read what it is told.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        // What it left running would hold its output open.
        end();
        setTimeout(() => child.stdout.destroy(), lastWords).unref();
      });
      child.once('close', (code, killed) => {
        const output = Buffer.concat(written);
        why ??= code === 0 ? null : `it ended with ${killed ?? `exit code ${code}`}`;
        // Read anyway, different bytes would become the same text, and agents agree that have not.
        if (!isUtf8(output)) why ??= 'its output is not UTF-8';
        // What the shell says when there is no such command, or none that may be run.
        resolve({ output: output.toString('utf8'), why, fatal: code === 126 || code === 127 });
      });
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    process.removeListener('exit', end);
  }
}

/** The environment without tokens and keys of ours: a program that only chooses a value has no use for them. */
function withoutOurs(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('QUORATE_')));
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
