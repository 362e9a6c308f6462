import type { Command } from 'commander';
import type { Client, Duration } from '../../client/index.ts';
import { duration, type Globals, jsonValue, whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { type End, exit } from '../exit.ts';
import { roundLine } from '../output.ts';
import { proposeMany } from './propose-many.ts';

interface Options extends Globals {
  readonly round?: number;
  readonly wait?: Duration;
  readonly seq?: number;
  readonly abstain?: true;
  readonly from?: string;
}

type Name = string | undefined;

export function registerPropose(program: Command, end: End): void {
  program
    .command('propose')
    .description("propose an agent's value in a round, or many values at once: --from")
    .argument('[group]', 'the group')
    .argument('[agent]', "the agent's name")
    .argument('[value]', 'the value, as JSON', jsonValue)
    .option('--round <n>', 'the round (default: the open one)', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--wait <duration>', "wait this long for the round's outcome", duration)
    .option(
      '--seq <n>',
      'for rules with a revote: higher with each change of the value',
      whole(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--abstain', 'abstain, instead of a value')
    .option('--from <file>', 'propose every line of a file, - for standard input; each names its round')
    .addHelpText('after', examples)
    .action(async (group: Name, agent: Name, value: unknown, _options, command: Command) => {
      const { round, wait, seq, abstain, from } = command.optsWithGlobals<Options>();
      if (from !== undefined) {
        if ([group, round, seq, abstain].some((one) => one !== undefined))
          command.error('error: with --from the lines say everything: give only --wait', {
            exitCode: exit.usage,
          });
        return end(await proposeMany(command, from, wait));
      }
      if (group === undefined || agent === undefined)
        command.error("error: missing required argument 'group' or 'agent'", { exitCode: exit.usage });
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

const examples = `
Examples:
  $ quorate propose lunch ann '"pizza"' --wait 30s
  $ quorate propose --from ballots.ndjson --wait 30s

Each line of a file is one proposal; "token" where the agent has joined:
  {"group": "lunch", "round": 1, "agent": "ann", "value": "pizza"}
  {"group": "lunch", "round": 1, "agent": "bob", "abstain": true}`;
