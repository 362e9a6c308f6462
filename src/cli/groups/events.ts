import type { Command } from 'commander';
import { clientOf, whole } from '../arguments.ts';
import { interruptible } from '../interrupt.ts';
import { print } from '../output.ts';

export function registerEvents(program: Command): void {
  program
    .command('events')
    .description(
      'print what happens in a group as JSON, one event a line, until Ctrl-C or the end of the group',
    )
    .argument('<group>', 'the group')
    .option('--after <revision>', 'only events after it', whole(0, Number.MAX_SAFE_INTEGER))
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate events lunch | jq -c \'select(.type == "round-closed") | .round\'',
    )
    .action(async (group: string, _options, command: Command) => {
      const { after } = command.opts<{ after?: number }>();
      await interruptible(async (signal) => {
        const events = clientOf(command, '60s').group(group).events({ after, signal });
        for await (const event of events) print(JSON.stringify(event));
      });
    });
}
