import type { Command } from 'commander';
import type { Duration } from '../../client/index.ts';
import { clientOf, duration, type Globals, jsonValue, whole } from '../arguments.ts';
import { type End, exit } from '../exit.ts';
import { print, roundLine } from '../output.ts';
import { withProgress } from '../progress.ts';

interface Options extends Globals {
  readonly round?: number;
  readonly wait?: Duration;
  readonly seq?: number;
  readonly abstain?: true;
}

export function registerPropose(program: Command, end: End): void {
  program
    .command('propose')
    .description("propose an agent's value in a round")
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .argument('[value]', 'the value, as JSON', jsonValue)
    .option('--round <n>', 'the round (default: the open one)', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--wait <duration>', "wait this long for the round's outcome", duration)
    .option(
      '--seq <n>',
      'for rules with a revote: higher with each change of the value',
      whole(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--abstain', 'abstain, instead of a value')
    .addHelpText('after', `\nExample:\n  $ quorate propose lunch ann '"pizza"' --wait 30s`)
    .action(async (group: string, agent: string, value: unknown, _options, command: Command) => {
      const { round, wait, seq, abstain, json } = command.optsWithGlobals<Options>();
      if ((value === undefined) !== (abstain === true)) {
        command.error('error: give either a value, as JSON, or --abstain', { exitCode: exit.usage });
      }
      const what = abstain === true ? { abstain } : { value: value as NonNullable<typeof value> & string };
      const proposing = clientOf(command, '5s')
        .group(group)
        .propose({ agent, round, wait, seq, ...what });
      const outcome = await withProgress('waiting for the outcome', proposing);
      print(json ? JSON.stringify(outcome) : roundLine(outcome));
      if (outcome.state === 'FAILED') end(exit.failed);
      else if (outcome.state === 'WAITING' && wait !== undefined) end(exit.undecided);
    });
}
