import type { Command } from 'commander';
import { clientOf, type Globals } from '../arguments.ts';
import { print, roundLine } from '../output.ts';
import { withProgress } from '../progress.ts';

export function registerOpen(program: Command): void {
  program
    .command('open')
    .description('open the next round of a group whose rule says next: manual')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate open lunch')
    .action(async (group: string, _options, command: Command) => {
      const opened = await withProgress('opening a round', clientOf(command, '5s').group(group).open());
      print(command.optsWithGlobals<Globals>().json ? JSON.stringify(opened) : roundLine(opened));
    });
}
