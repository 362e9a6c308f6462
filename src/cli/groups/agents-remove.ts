import type { Command } from 'commander';
import { clientOf, type Globals } from '../arguments.ts';
import { print } from '../output.ts';
import { withProgress } from '../progress.ts';

const more = `
This needs the administrator's token or, on a server without an administrator, the join key of a group that admits by key.
The agent's proposals stay.

Example:
  $ quorate agents remove lunch ann --token-file admin-token`;

export function registerRemove(agents: Command): void {
  agents
    .command('remove')
    .description('remove an agent whose token is lost from its group')
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addHelpText('after', more)
    .action(async (group: string, agent: string, _options, command: Command) => {
      await withProgress('removing the agent', clientOf(command, '5s').group(group).remove(agent));
      print(
        command.optsWithGlobals<Globals>().json ? JSON.stringify({ removed: agent }) : `removed ${agent}`,
      );
    });
}
