import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { CommandFailed, exec, type Program } from '../../agents/exec.ts';
import type { Pick } from '../../agents/pick.ts';
import { random } from '../../agents/random.ts';
import { median, plurality } from '../../agents/tally.ts';
import {
  abstain,
  type ConnectOptions,
  type Duration,
  type Json,
  type QuorateError,
  type RoundJson,
  recordingFetch,
  type Strategy,
  toMs,
} from '../../client/index.ts';
import { fetchTrusting } from '../../client/trust.ts';
import { caOf, clientOf, duration, type Globals, jsonValue, whole } from '../arguments.ts';
import { CliError, codeOf, type End } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { note, print, roundLine, valueText } from '../output.ts';
import { addSettings } from '../settings/settings.ts';
import { Answers, aboutPicking, pickOption } from './answers.ts';

interface Options extends Globals {
  readonly strategy: 'random' | 'plurality' | 'median';
  readonly value?: Json;
  readonly exec?: string;
  readonly pick?: Pick;
  readonly execTimeout: Duration;
  readonly min: number;
  readonly max: number;
  readonly join?: true;
  readonly joinKey?: string;
  readonly instance?: string;
  readonly ttl?: Duration;
  readonly deadline?: Duration;
  readonly record?: string;
}

const widest = Number.MAX_SAFE_INTEGER;

const more = `
Strategies:
  random     a whole number from --min to --max, drawn anew in each round
  plurality  the heaviest value of the last round; before that --value, or else a random number
  median     the median of the numbers of the last round; before that --value, or else a random number
  --value    alone: the same value in every round
  --exec     any program: it reads {"group", "agent", "round", "title", "options", "last"} as one line of JSON from its
             standard input, with the group's title, the options of the round (null where any value may be proposed),
             and the last round and its tally in "last" (null at first), and writes its value. Exit code other than 0,
             no output, output that is not UTF-8, that cannot be read or that the server cannot take, or no end within
             --exec-timeout: the agent abstains in that round; three in a row, or a command that cannot be run: exit code 1
${aboutPicking}

Example:
  $ quorate agent lunch ann --strategy plurality --value '"pizza"'
  $ quorate agent lunch bob --exec 'jq -c ".round % 3"' --exec-timeout 10s
  $ quorate agent review model-1 --exec './ask-a-model.sh' --pick option
  $ quorate agent board cy --value true --join-key "$KEY" --deadline 5m`;

export function registerAgent(program: Command, end: End): void {
  addSettings(program.command('agent'), 'agent')
    .description('take part in a group, round after round, until it agrees')
    .argument('<group>', 'the group')
    .argument('<id>', "this agent's name")
    .addOption(
      new Option('--strategy <name>', 'how to choose what to propose: see below')
        .choices(['random', 'plurality', 'median'])
        .default('random'),
    )
    .addOption(
      new Option('--value <json>', 'propose this; with --strategy only at the start').argParser(jsonValue),
    )
    .addOption(
      new Option('--exec <command>', 'a program that chooses: see below').conflicts(['strategy', 'value']),
    )
    .addOption(pickOption().conflicts(['strategy', 'value']))
    .option('--exec-timeout <duration>', 'how long one run of the program may take', duration, '60s')
    .option('--min <n>', 'smallest random number', whole(-widest, widest), 1)
    .option('--max <n>', 'largest random number', whole(-widest, widest), 10)
    .option('--join', 'join first, keep the lease, leave at the end')
    .option('--ttl <duration>', 'how long the lease lasts, with --join (default: 30s)', duration)
    .option('--deadline <duration>', 'give up after this long', duration)
    .option('--record <file>', 'append each call and its answer to this file, for quorate check')
    .addHelpText('after', more)
    .action(async (group: string, agent: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { min, max, deadline, json } = options;
      if (min > max) command.error(`error: --min ${min} is more than --max ${max}`);
      if (options.pick !== undefined && options.exec === undefined)
        command.error('error: --pick reads the output of a program: name it with --exec');
      const unnamed = command.getOptionValueSource('strategy') === 'default';
      if (!unnamed && options.strategy === 'random' && options.value !== undefined)
        command.error('error: --strategy random draws its own values: leave out --value');
      const client = clientOf(command, '60s', recorder(agent, options.record, caOf(options)));
      // A group that admits by key shows its title to who has the key.
      const { joinKey } = options;
      const reader = joinKey === undefined ? client : clientOf(command, '60s', { token: joinKey });
      const answers = new Answers(reader.group(group), options.pick);
      const { propose: strategy, refused, note: said } = strategyOf(options, group, agent, unnamed, answers);
      const propose: Strategy = async (last, round, signal) => {
        const choice = await strategy(last, round, signal);
        if (signal.aborted) return choice;
        const what =
          choice === abstain ? 'abstaining' : `proposing ${valueText(choice)}, waiting for the others`;
        note(`round ${round}: ${what}`);
        return choice;
      };
      const onUnusable = refused && (({ detail }: QuorateError) => refused(detail));
      const onRound = (round: RoundJson) => note(roundLine(round, process.stderr));
      const outcome = await interruptible((signal) =>
        client.group(group).agree({
          agent,
          propose,
          onUnusable,
          note: said,
          deadline,
          onRound,
          signal,
          join: joining(options),
        }),
      );
      print(json ? JSON.stringify(outcome) : JSON.stringify(outcome.value));
      end(codeOf(outcome));
    });
}

/** A fetch that appends each call to a file. All agents of one machine may share the file: hrtime is the same clock for all. */
function recorder(agent: string, file: string | undefined, ca: string | undefined): Partial<ConnectOptions> {
  if (file === undefined) return {};
  const fetch = recordingFetch({
    process: `${agent} ${process.pid}`,
    ...(ca !== undefined && { fetch: fetchTrusting(ca) }),
    now: () => Number(process.hrtime.bigint() / 1000n),
    onCall: (call) => appendFileSync(file, `${JSON.stringify(call)}\n`),
  });
  return { fetch };
}

function joining({ join, joinKey, instance, ttl }: Options) {
  return join === true || joinKey !== undefined ? { key: joinKey, instance, ttl } : false;
}

/** The strategy that the options describe; for a program also what it does when the server cannot take its value. */
function strategyOf(
  options: Options,
  group: string,
  agent: string,
  unnamed: boolean,
  { about, read }: Answers,
): { readonly propose: Strategy; readonly refused?: Program['refused']; readonly note?: Program['note'] } {
  const { exec: command, execTimeout, value, strategy, min, max } = options;
  if (command !== undefined) {
    const onFailure = (why: string) => note(`${command}: ${why}; abstaining`);
    const timeout = toMs(execTimeout);
    const program = exec({ command, timeout, group, agent, about, read, onFailure });
    return {
      note: program.note,
      propose: (...asked) => Promise.resolve(program.propose(...asked)).catch(handRun),
      refused: (why) => {
        try {
          return program.refused(why);
        } catch (error) {
          return handRun(error);
        }
      },
    };
  }
  const own: Strategy = value === undefined ? random({ min, max }) : () => value;
  if (unnamed || strategy === 'random') return { propose: own };
  return { propose: strategy === 'plurality' ? plurality(own) : median(own) };
}

function handRun(error: unknown): never {
  if (!(error instanceof CommandFailed)) throw error;
  throw new CliError(error.message, 'run it by hand with a line of JSON as its input: see --help');
}
