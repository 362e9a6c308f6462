import { isUtf8 } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { abstain, type Choice, type Json, type RoundJson } from '../client/index.ts';
import { isJson, type Picked } from './pick.ts';

export interface ExecOptions {
  /** Run by `sh -c`. */
  readonly command: string;
  /** ms that one run may take. */
  readonly timeout: number;
  /** Sent to the command with the round. */
  readonly group: string;
  readonly agent: string;
  /** What a round is about; asked for before each run. */
  readonly about: (round: number, signal: AbortSignal) => Promise<About>;
  /** What was said since the program's last turn; asked for before each run. */
  readonly messages: (round: number, signal: AbortSignal) => Promise<readonly object[]>;
  /** Called after each run that went well: the program has handled these messages. */
  readonly onHandled?: () => Promise<void>;
  /** Reads the value out of the output, which has no space around it. */
  readonly read: (output: string, about: About) => Picked;
  /** Called with the reason when the agent abstains. */
  readonly onFailure: (why: string) => void;
}

/** What a round is about; sent to the command. */
export interface About {
  readonly title: string | null;
  /** The values that may be proposed in this round; null where any may. */
  readonly options: readonly { readonly value: Json; readonly label?: string }[] | null;
}

// Bytes; much more than the longest value that a server accepts.
const longestOutput = 1 << 20;
// After so many failures the agent ends: a command that never works would abstain for ever.
const failuresInARow = 3;
const longestNote = 2000;
// Once the command has ended, its last output has this long to arrive.
const lastOutputMs = 1000;
// A longer timer fires at once.
const longestTimerMs = 2 ** 31 - 1;

/** As much of a round that has closed as tells nobody's name: all that a program is told of it in a debate. */
export type RoundEnd = Pick<
  RoundJson,
  'group' | 'round' | 'state' | 'reason' | 'value' | 'eligible' | 'present'
>;

/** The command cannot be used as an agent. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * Any program as an agent. It runs once for each round and reads one line of JSON from its standard input:
 * `{"group", "agent", "round", "title", "options", "last", "own", "messages"}`, where `last` is the round that closed before, or
 * null, `own` what it answered last, or null, and `messages` what was said since then. `read` reads the value out of its standard
 * output. Its standard error is shown.
 *
 * A run fails when its exit code is not 0, its output is empty, not UTF-8, not to be read or not accepted by the server, or
 * it takes too long. The agent then abstains in that round, so that the others do not have to wait. The third failure in a row, or a
 * command that cannot be run at all, ends the agent with `CommandFailed`. When the command ends, the processes that it has
 * started are killed.
 */
export function exec(options: ExecOptions): Program {
  const { group, agent, about, messages, read, onFailure } = options;
  let failures = 0;
  let wasUsed = false;
  let note: string | undefined;
  let turn = 0;
  /** What it answered last, and in which round. */
  let own: { readonly [name: string]: Json } | null = null;
  const fail = (why: string, fatal = false): typeof abstain => {
    wasUsed = false;
    note = why;
    own = { round: turn, abstain: true, note };
    failures += 1;
    if (fatal || failures === failuresInARow) throw new CommandFailed(`${options.command}: ${why}`);
    onFailure(why);
    return abstain;
  };
  return {
    propose: async (last, round, signal): Promise<Choice> => {
      if (wasUsed) failures = 0;
      turn = round;
      const subject = await about(round, signal);
      const said = await messages(round, signal);
      signal.throwIfAborted();
      const input = JSON.stringify({ group, agent, round, ...subject, last, own, messages: said });
      const ended = await run(options, `${input}\n`, signal);
      const text = ended.output.trim();
      const why = ended.why ?? (text === '' ? 'it wrote nothing' : null);
      if (why !== null) return fail(why, ended.fatal);
      const picked = read(text, subject);
      if ('why' in picked) return fail(picked.why);
      await options.onHandled?.();
      wasUsed = true;
      note = text === picked.value || isJson(text) ? undefined : shortened(text, longestNote);
      own = { round, value: picked.value, ...(note !== undefined && { note }) };
      return picked.value;
    },
    note: () => note,
    refused: (why) => fail(why),
  };
}

/** A program as an agent. Both functions throw `CommandFailed` when it cannot be used any more. */
export interface Program {
  readonly propose: (last: RoundEnd | null, round: number, signal: AbortSignal) => Promise<Choice>;
  /** Called with the reason when the server cannot take the last output; returns the value to propose instead. */
  readonly refused: (why: string) => Choice;
  /** What the command wrote around its last value, as much as a note takes, or why the agent abstains instead. */
  readonly note: () => string | undefined;
}

/** The text, or as much of it as fits into so many UTF-16 units with an ellipsis behind it. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Half of a character is no text.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

interface Ended {
  readonly output: string;
  /** Why the run failed, or null. */
  readonly why: string | null;
  /** Whether the next run would fail too. */
  readonly fatal: boolean;
}

async function run({ command, timeout }: ExecOptions, input: string, signal: AbortSignal): Promise<Ended> {
  // Its own process group, so that the processes it starts can be killed with it.
  const child = spawn('sh', ['-c', command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: withoutQuorate(process.env),
  });
  const end = () => endGroup(child);
  let why: string | null = null;
  const giveUp = (reason: string) => {
    why ??= reason;
    end();
  };
  const timer = setTimeout(() => giveUp(`no end within ${timeout} ms`), Math.min(timeout, longestTimerMs));
  signal.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  const written: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    written.push(chunk);
    bytes += chunk.length;
    if (bytes > longestOutput) giveUp(`more than ${longestOutput} bytes of output`);
  });
  // The command may end without reading its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        // Processes that it has left behind would keep its output open.
        end();
        setTimeout(() => child.stdout.destroy(), lastOutputMs).unref();
      });
      child.once('close', (code, killed) => {
        const output = Buffer.concat(written);
        why ??= code === 0 ? null : `it ended with ${killed ?? `exit code ${code}`}`;
        // Decoding turns different bytes into the same text, so agents with different values would agree.
        if (!isUtf8(output)) why ??= 'its output is not UTF-8';
        // The shell's exit codes for a command that does not exist or may not be run.
        resolve({ output: output.toString('utf8'), why, fatal: code === 126 || code === 127 });
      });
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    process.removeListener('exit', end);
  }
}

/** The environment without Quorate's variables: a program that chooses a value needs no tokens and keys. */
function withoutQuorate(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('QUORATE_')));
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has ended already.
  }
}
