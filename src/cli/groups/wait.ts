import type { Command } from 'commander';
import { hasCode } from '../../client/errors.ts';
import type { Duration, Group, Json, RoundJson } from '../../client/index.ts';
import { systemClock, toMs } from '../../client/time.ts';
import { areEqual, clientOf, duration, type Globals, notEmpty, valueOrText, whole } from '../arguments.ts';
import { CliError, codeOf, type End, exit } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { note, oneLine, print, roundLine, valueText } from '../output.ts';
import { withProgress } from '../progress.ts';

interface Options extends Globals {
  readonly round?: number;
  readonly timeout: Duration;
  readonly expect?: Json | undefined;
  readonly subjectHash?: string | undefined;
}

const more = `
Without --round it waits for the open round or, when none is open, takes the one that closed last. Where the rule says
next: until-success, a failed round is not the end: it waits until the group agrees or its rounds are used up.
It also waits for a group or a round that is not there yet, and while the server does not answer.

It ends with 0 when the group has agreed, and on the value of --expect if you give one; with 1 when the round has failed
or decided another value; with 3 when there is no outcome in time.

Example:
  $ quorate wait deploy --timeout 1h --expect approve && ./deploy.sh
  $ quorate wait deploy --round 4 --json | jq .value`;

export function registerWait(program: Command, end: End): void {
  program
    .command('wait')
    .description("wait for a group's decision without voting, and say by the exit code what it is")
    .argument('<group>', 'the group')
    .option('--round <n>', 'this round and no other', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--timeout <duration>', 'give up after this long', duration, '10m')
    .option('--expect <value>', 'end with 0 for this decision only: JSON, or a word', valueOrText)
    .option('--subject-hash <hash>', 'end with 0 only for a decision on this subject', notEmpty)
    .addHelpText('after', more)
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const group = clientOf(command, options.timeout).group(name);
      const waited = await interruptible((signal) =>
        withProgress(`waiting for group ${name}`, new Wait(group, options, signal).outcome()),
      );
      print(options.json ? JSON.stringify(waited) : roundLine(waited));
      const other = otherThan(waited, options);
      if (other !== null) note(other);
      end(other === null ? codeOf(waited) : exit.failed);
    });
}

/** What is decided instead of what was expected; null when that fits, or nothing is decided. */
export function otherThan(
  { state, value, equality, subjectHash }: RoundJson,
  { expect, subjectHash: subject }: Pick<Options, 'expect' | 'subjectHash'>,
): string | null {
  if (state !== 'SUCCESS') return null;
  if (subject !== undefined && subject !== subjectHash)
    return `this decision is on subject ${oneLine(String(subjectHash))}, not on ${oneLine(subject)}`;
  if (expect === undefined || areEqual(equality, expect, value)) return null;
  return `expected ${valueText(expect)}, but ${valueText(value)} is decided`;
}

interface WaitOptions {
  /** This round and no other. */
  readonly round?: number | undefined;
  /** Begins with this round; by default with the latest. */
  readonly from?: number | undefined;
  readonly timeout: Duration;
}

/** One wait for an outcome, over restarts of the server and until its time is over. */
export class Wait {
  private readonly group: Group;
  private readonly options: WaitOptions;
  private readonly signal: AbortSignal;
  /** When the time is over, by the steady clock in ms. */
  private readonly over: number;
  private said = '';

  constructor(group: Group, options: WaitOptions, signal: AbortSignal) {
    this.group = group;
    this.options = options;
    this.signal = signal;
    this.over = systemClock.now() + toMs(options.timeout);
  }

  /** The closed round, or the open one as it is when the time is over. Throws when there is no such round by then. */
  async outcome(): Promise<RoundJson> {
    let round = await this.first();
    for (;;) {
      while (round.state === 'WAITING') {
        if (this.left() === 0) return round;
        round = await this.read(round.round, round.revision);
      }
      const next = await this.successor(round);
      if (next === null) return round;
      note(roundLine(round, process.stderr));
      round = next;
    }
  }

  /** The round to wait for: once there is one, since a group may be made, and a round be opened, later. */
  private async first(): Promise<RoundJson> {
    for (;;) {
      try {
        return await this.read(this.options.round ?? this.options.from ?? 'latest');
      } catch (error) {
        if (!hasCode(error, 'group-not-found', 'round-not-open', 'history-changed')) throw error;
        if (this.left() === 0) throw late(error.detail);
        const hidden = error.code === 'group-not-found' ? ' that you may see' : '';
        this.say(`${error.detail}${hidden}; waiting for it`);
        await systemClock.sleep(Math.min(againMs, this.left()), this.signal);
      }
    }
  }

  /** The round after a failed one in a group that goes on by itself; null when this round is the end of the wait. */
  private async successor({ round, state, reason }: RoundJson): Promise<RoundJson | null> {
    if (this.options.round !== undefined || state === 'SUCCESS') return null;
    // The rounds that come after are about something else.
    if (reason === 'subject-changed') return null;
    const { rule, round: last } = await this.group.show(this.limits());
    if (rule.next !== 'until-success' || last <= round) return null;
    return this.read(round + 1).catch((error: unknown) => {
      if (hasCode(error, 'round-not-kept')) return this.read('latest');
      throw error;
    });
  }

  /** A round; with `after` once its revision is greater, or when the server or this wait has waited long enough. */
  private async read(which: number | 'latest', after?: number): Promise<RoundJson> {
    const wait = after === undefined ? {} : { after, wait: this.left() };
    try {
      return await this.group.round(which, { ...wait, ...this.limits() });
    } catch (error) {
      // When no server answered in time, that is what the caller has to know.
      if (hasCode(error, 'deadline') && hasCode(error.cause, 'unreachable')) throw error.cause;
      throw error;
    }
  }

  private limits() {
    return { signal: this.signal, deadline: this.left() + answerMs };
  }

  private left(): number {
    return Math.max(0, this.over - systemClock.now());
  }

  private say(line: string): void {
    if (line !== this.said) note(line);
    this.said = line;
  }
}

const againMs = 500;
// A server that is asked in the last moment has this long to answer.
const answerMs = 5000;

function late(why: string): CliError {
  const fix = 'check the name of the group, --round and the token, or wait longer: --timeout';
  return new CliError(`No outcome in time: ${why}`, fix, exit.undecided);
}
