import type { Command } from 'commander';
import { clientOf, type Globals } from '../arguments.ts';
import { print } from '../output.ts';
import { withProgress } from '../progress.ts';

export function registerLeave(program: Command): void {
  program
    .command('leave')
    .description("give up an agent's name; needs its token")
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addHelpText('after', '\nExample:\n  $ quorate leave lunch ann --token "$TOKEN"')
    .action(async (group: string, agent: string, _options, command: Command) => {
      await withProgress('leaving', clientOf(command, '5s').group(group).leave(agent));
      print(command.optsWithGlobals<Globals>().json ? JSON.stringify({ left: agent }) : `${agent} has left`);
    });
}
