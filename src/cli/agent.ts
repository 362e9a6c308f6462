import { type Command, Option } from 'commander';
import { random } from '../agents/random.ts';
import type { Duration, Json, RoundShape, Strategy } from '../client/index.ts';
import { clientOf, duration, type Globals, jsonValue, whole } from './arguments.ts';
import { type End, exit } from './exit.ts';
import { note, print, roundLine, valueText } from './output.ts';

interface Options extends Globals {
  readonly strategy: 'random';
  readonly value?: Json;
  readonly min: number;
  readonly max: number;
  readonly deadline?: Duration;
}

const widest = Number.MAX_SAFE_INTEGER;

export function registerAgent(program: Command, end: End): void {
  program
    .command('agent')
    .description('take part in a group, round after round, until it agrees')
    .argument('<group>', 'the group')
    .argument('<id>', "this agent's name")
    .addOption(
      new Option('--strategy <name>', 'how to choose what to propose').choices(['random']).default('random'),
    )
    .addOption(
      new Option('--value <json>', 'propose this in every round').argParser(jsonValue).conflicts('strategy'),
    )
    .option('--min <n>', 'smallest number of the random strategy', whole(-widest, widest), 1)
    .option('--max <n>', 'largest number of the random strategy', whole(-widest, widest), 10)
    .option('--deadline <duration>', 'give up after this long', duration)
    .addHelpText('after', '\nExample:\n  $ quorate agent lunch ann --strategy random --max 5')
    .action(async (group: string, agent: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { min, max, deadline, json } = options;
      if (min > max) command.error(`error: --min ${min} is more than --max ${max}`);
      const strategy = strategyOf(options);
      const propose: Strategy = async (last, round) => {
        const value = await strategy(last, round);
        note(`round ${round}: proposing ${valueText(value)}`);
        return value;
      };
      const onRound = (round: RoundShape) => note(roundLine(round));
      const outcome = await clientOf(command, '60s')
        .group(group)
        .agree({ agent, propose, deadline, onRound });
      print(json ? JSON.stringify(outcome) : JSON.stringify(outcome.value));
      end(outcome.state === 'SUCCESS' ? exit.agreed : exit.undecided);
    });
}

function strategyOf({ value, min, max }: Options): Strategy {
  return value === undefined ? random({ min, max }) : () => value;
}
