import { type Command, Option } from 'commander';
import { CommandFailed, exec, type Program } from '../../agents/exec.ts';
import { Hearing } from '../../agents/hearing.ts';
import type { Pick } from '../../agents/pick.ts';
import { random } from '../../agents/random.ts';
import { median, plurality } from '../../agents/tally.ts';
import {
  type AgentKind,
  abstain,
  type Duration,
  type Group,
  type Json,
  type QuorateError,
  type RoundJson,
  type Strategy,
  toMs,
} from '../../client/index.ts';
import { countdown, systemClock } from '../../client/time.ts';
import { caOf, clientOf, duration, type Globals, jsonValue, kindOption, whole } from '../arguments.ts';
import { CliError, codeOf, type End } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { note, print, roundLine, valueText } from '../output.ts';
import { Recorder } from '../recorder.ts';
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
  readonly kind?: AgentKind;
  readonly deadline?: Duration;
  readonly record?: string;
}

const leaveWithinMs = 5000;
const widest = Number.MAX_SAFE_INTEGER;

const more = `
Strategies:
  random     a whole number from --min to --max, drawn anew in each round
  plurality  the heaviest value of the last round; before that --value, or else a random number
  median     the median of the numbers of the last round; before that --value, or else a random number
  --value    alone: the same value in every round
  --exec     any program: it reads {"group", "agent", "round", "title", "options", "last", "own", "messages"} as one line of
             JSON from its standard input, with the group's title, the options of the round (null where any value may be
             proposed), the last round and its tally in "last" and its own last answer in "own" (both null at first), and
             the messages of the group that came since its last turn, and writes its value. Exit code other than 0, no output,
             output that is not UTF-8, that cannot be read or that the server cannot take, or no end within --exec-timeout:
             the agent abstains in that round; three in a row, or a command that cannot be run: exit code 1
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
    .addOption(kindOption('what it is, for showing, with --join'))
    .option('--deadline <duration>', 'give up after this long', duration)
    .option('--record <file>', 'append each call and its answer to this file, for quorate check')
    .addHelpText('after', more)
    .action(async (group: string, agent: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { min, max, json } = options;
      if (min > max) command.error(`error: --min ${min} is more than --max ${max}`);
      if (options.pick !== undefined && options.exec === undefined)
        command.error('error: --pick reads the output of a program: name it with --exec');
      const unnamed = command.getOptionValueSource('strategy') === 'default';
      if (!unnamed && options.strategy === 'random' && options.value !== undefined)
        command.error('error: --strategy random draws its own values: leave out --value');
      const client = clientOf(command, '60s', new Recorder(agent, options.record).connecting(caOf(options)));
      // A group that admits by key shows its title to who has the key.
      const { joinKey } = options;
      const reader = joinKey === undefined ? client : clientOf(command, '60s', { token: joinKey });
      const answers = new Answers(reader.group(group), options.pick);
      const outcome = await interruptible((signal) =>
        takePart(client.group(group), agent, options, unnamed, answers, signal),
      );
      print(json ? JSON.stringify(outcome) : JSON.stringify(outcome.value));
      end(codeOf(outcome));
    });
}

/** Proposes in round after round; where the options say so it joins first, and leaves at the end. */
async function takePart(
  group: Group,
  agent: string,
  options: Options,
  unnamed: boolean,
  answers: Answers,
  signal: AbortSignal,
): Promise<RoundJson> {
  const left = countdown(systemClock, options.deadline);
  const join = joining(options);
  const member = join && (await group.join(agent, { ...join, signal, deadline: left() }));
  const hearing = new Hearing(
    member ? member.group : group,
    agent,
    member ? member.joined.cursor : undefined,
  );
  const { propose, refused, note: said } = strategyOf(options, group.name, agent, unnamed, answers, hearing);
  const part = {
    propose: announced(propose),
    onUnusable: refused && (({ detail }: QuorateError) => refused(detail)),
    note: said,
    onRound: (round: RoundJson) => note(roundLine(round, process.stderr)),
    deadline: left(),
    signal,
  };
  if (!member) return group.agree({ agent, ...part });
  try {
    return await member.agree(part);
  } finally {
    // When leaving fails, the lease runs out by itself.
    await member.leave({ deadline: leaveWithinMs }).catch(() => {});
  }
}

/** The strategy, which says on standard error what it proposes. */
function announced(strategy: Strategy): Strategy {
  return async (last, round, signal) => {
    const choice = await strategy(last, round, signal);
    if (signal.aborted) return choice;
    const what = choice === abstain ? 'abstaining' : `proposing ${valueText(choice)}, waiting for the others`;
    note(`round ${round}: ${what}`);
    return choice;
  };
}

function joining({ join, joinKey, instance, ttl, kind }: Options) {
  return join === true || joinKey !== undefined ? { key: joinKey, instance, ttl, kind } : false;
}

/** The strategy that the options describe; for a program also what it does when the server cannot take its value. */
function strategyOf(
  options: Options,
  group: string,
  agent: string,
  unnamed: boolean,
  { about, read }: Answers,
  hearing: Hearing,
): { readonly propose: Strategy; readonly refused?: Program['refused']; readonly note?: Program['note'] } {
  const { exec: command, execTimeout, value, strategy, min, max } = options;
  if (command !== undefined) {
    const onFailure = (why: string) => note(`${command}: ${why}; abstaining`);
    const timeout = toMs(execTimeout);
    const onMissed = (oldest: number) => note(`messages before offset ${oldest} are no longer kept`);
    const messages = (_round: number, signal: AbortSignal) => hearing.since(signal, onMissed);
    const onHandled = () => hearing.handled();
    const what = { command, timeout, group, agent };
    const program = exec({ ...what, about, messages, read, onHandled, onFailure });
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
