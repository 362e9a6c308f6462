import type { Command } from 'commander';
import type { Client, GroupJson } from '../../client/index.ts';
import { clientOf, type Globals } from '../arguments.ts';
import { plain, print, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import { registerCreate } from './group-create.ts';
import { registerKeys } from './group-keys.ts';

export function registerGroup(program: Command): void {
  const group = program
    .command('group')
    .description('create, show, list and delete groups, change their keys');
  group.addHelpText(
    'after',
    '\nExample:\n  $ quorate group create lunch --electorate ann,bob,carl --threshold 2',
  );
  registerCreate(group);
  registerKeys(group);
  group
    .command('show')
    .description('show a group and its rule')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate group show lunch')
    .action(async (name: string, _options, command: Command) => {
      const shape = await withProgress('asking for the group', clientOf(command, '5s').group(name).show());
      print(JSON.stringify(shape, null, command.optsWithGlobals<Globals>().json ? 0 : 2));
    });
  group
    .command('list')
    .description('list all groups')
    .addHelpText('after', '\nExample:\n  $ quorate group list')
    .action(async (_options, command: Command) => {
      const groups = await withProgress('asking for the groups', allGroups(clientOf(command, '5s')));
      if (command.optsWithGlobals<Globals>().json) {
        for (const shape of groups) print(JSON.stringify(shape));
        return;
      }
      const rows = groups.map((g) => [
        g.group,
        g.status,
        String(g.round),
        JSON.stringify(g.rule.threshold),
        plain(g.title ?? ''),
      ]);
      print(table([['GROUP', 'STATUS', 'ROUND', 'THRESHOLD', 'TITLE'], ...rows]));
    });
  group
    .command('delete')
    .description('delete a group and its rounds')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate group delete lunch')
    .action(async (name: string, _options, command: Command) => {
      await withProgress('deleting the group', clientOf(command, '5s').group(name).delete());
      print(command.optsWithGlobals<Globals>().json ? JSON.stringify({ deleted: name }) : `deleted ${name}`);
    });
}

async function allGroups(client: Client): Promise<readonly GroupJson[]> {
  const limit = 1000;
  const groups: GroupJson[] = [];
  for (;;) {
    const after = groups.at(-1)?.group;
    const page = await client.groups(after === undefined ? { limit } : { limit, after });
    groups.push(...page);
    if (page.length < limit) return groups;
  }
}
