import type { Command } from 'commander';
import type { ViewJson } from '../../client/index.ts';
import { whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { plain, table } from '../output.ts';

const more = `
The number of a view is the offset of what made it, in the stream that quorate listen shows; SINCE is that of the member's joining.

Examples:
  $ quorate view lunch
  $ quorate view lunch --json | jq .view`;

export function registerView(program: Command): void {
  program
    .command('view')
    .description('show the view of a group that is in force: its number, and its members')
    .argument('<group>', 'the group')
    .option('--limit <n>', 'at most this many members (default: 10000)', whole(1, 10_000))
    .option('--after <agent>', 'only members behind this one')
    .addHelpText('after', more)
    .action(async (group: string, page: { limit?: number; after?: string }, command: Command) => {
      await ask(command, 'asking for the view', (client) => client.group(group).view(page), viewText);
    });
}

function viewText({ group, view, members, next, total }: ViewJson): string {
  const rows = members.map(({ agent, name, kind, role, incarnation }) => [
    ...[agent, plain(name ?? ''), kind ?? '', role, String(incarnation)],
  ]);
  const head = `view ${view} of ${group}: ${total} ${total === 1 ? 'member' : 'members'}`;
  const lines = members.length === 0 ? [] : [table([['AGENT', 'NAME', 'KIND', 'ROLE', 'SINCE'], ...rows])];
  return [head, ...lines, ...(next === null ? [] : [`more: --after ${next}`])].join('\n');
}
