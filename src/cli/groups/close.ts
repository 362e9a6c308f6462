import type { Command } from 'commander';
import { clientOf, type Globals, whole } from '../arguments.ts';
import { print, roundLine } from '../output.ts';
import { withProgress } from '../progress.ts';

export function registerClose(program: Command): void {
  program
    .command('close')
    .description('close a round by hand: the proposals made so far decide')
    .argument('<group>', 'the group')
    .argument('<round>', "the round's number", whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', '\nExample:\n  $ quorate close lunch 3')
    .action(async (group: string, round: number, _options, command: Command) => {
      const closing = clientOf(command, '5s').group(group).close(round);
      const closed = await withProgress('closing the round', closing);
      print(command.optsWithGlobals<Globals>().json ? JSON.stringify(closed) : roundLine(closed));
    });
}
