import type { Command } from 'commander';
import type { Client, RoundJson } from '../../client/index.ts';
import { whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { roundLine } from '../output.ts';

const examples = `
The round goes on without the agent, and shows the reason; the next round has it again.

Example:
  $ quorate waive deploy carl --reason 'on holiday'`;

export function registerWaive(program: Command): void {
  program
    .command('waive')
    .description('take an elector who has not proposed out of the open round')
    .argument('<group>', 'the group')
    .argument('<agent>', 'the elector')
    .requiredOption('--reason <text>', 'why, in at most 200 characters; everybody sees it')
    .option('--round <n>', 'only if this is the round that is open', whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', examples)
    .action(async (name: string, agent: string, { reason, round }: Options, command: Command) => {
      const waive = async (client: Client): Promise<RoundJson> => {
        const group = client.group(name);
        return group.waive(round ?? (await group.round('open')).round, agent, reason);
      };
      await ask(command, 'waiving the elector', waive, roundLine);
    });
}

interface Options {
  readonly reason: string;
  readonly round?: number;
}
