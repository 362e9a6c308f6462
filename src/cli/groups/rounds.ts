import type { Command } from 'commander';
import { clientOf, type Globals, whole } from '../arguments.ts';
import { print, proposalsText, table, valueText } from '../output.ts';
import { withProgress } from '../progress.ts';

export function registerRounds(program: Command): void {
  program
    .command('rounds')
    .description('list the rounds of a group, newest first')
    .argument('<group>', 'the group')
    .option('--limit <n>', 'at most this many', whole(1, 1000), 20)
    .option('--before <n>', 'only rounds before this one', whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', '\nExample:\n  $ quorate rounds lunch --limit 5')
    .action(async (group: string, _options, command: Command) => {
      const { limit, before, json } = command.optsWithGlobals<Globals & { limit: number; before?: number }>();
      const asked = before === undefined ? { limit } : { limit, before };
      const rounds = await withProgress(
        'asking for the rounds',
        clientOf(command, '5s').group(group).rounds(asked),
      );
      if (json) {
        for (const round of rounds) print(JSON.stringify(round));
        return;
      }
      const rows = rounds.map((round) => [
        String(round.round),
        round.state,
        round.reason ?? '',
        round.state === 'SUCCESS' ? valueText(round.value) : '',
        `${round.present}/${round.eligible}`,
        proposalsText(round),
      ]);
      print(table([['ROUND', 'STATE', 'REASON', 'VALUE', 'IN', 'PROPOSALS'], ...rows]));
    });
}
