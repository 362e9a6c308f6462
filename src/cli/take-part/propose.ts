import type { Command } from 'commander';
import type { Client, Duration } from '../../client/index.ts';
import { duration, type Globals, jsonValue, whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { type End, exit } from '../exit.ts';
import { roundLine } from '../output.ts';

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
      const { round, wait, seq, abstain } = command.optsWithGlobals<Options>();
      if ((value === undefined) !== (abstain === true)) {
        command.error('error: give either a value, as JSON, or --abstain', { exitCode: exit.usage });
      }
      const what = abstain === true ? { abstain } : { value: value as NonNullable<typeof value> & string };
      const propose = (client: Client) => client.group(group).propose({ agent, round, wait, seq, ...what });
      const outcome = await ask(command, 'waiting for the outcome', propose, roundLine);
      if (outcome.state === 'FAILED') end(exit.failed);
      else if (outcome.state === 'WAITING' && wait !== undefined) end(exit.undecided);
    });
}
