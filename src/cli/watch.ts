import type { Command } from 'commander';
import { clientOf, type Globals } from './arguments.ts';
import { print, roundLine } from './output.ts';

export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description('show the rounds of a group as they change, until Ctrl-C')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate watch lunch')
    .action(async (group: string, _options, command: Command) => {
      const { json } = command.optsWithGlobals<Globals>();
      for await (const round of clientOf(command, '60s').group(group).watch()) {
        print(json ? JSON.stringify(round) : roundLine(round));
      }
    });
}
