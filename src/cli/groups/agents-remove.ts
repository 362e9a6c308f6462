import type { Command } from 'commander';
import { clientOf, type Globals } from '../arguments.ts';
import { print } from '../output.ts';
import { patiently } from '../progress.ts';

const more = `
The administrator's token removes it; where the server has no administrator, the join key of a group that admits by key.
What the agent has proposed stays.

Example:
  $ quorate agents remove lunch ann --token-file admin-token`;

export function registerRemove(agents: Command): void {
  agents
    .command('remove')
    .description('take an agent out of a group whose token is lost')
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addHelpText('after', more)
    .action(async (group: string, agent: string, _options, command: Command) => {
      await patiently('removing the agent', clientOf(command, '5s').group(group).remove(agent));
      print(
        command.optsWithGlobals<Globals>().json ? JSON.stringify({ removed: agent }) : `removed ${agent}`,
      );
    });
}
