import type { Command } from 'commander';
import type { Client, GroupJson } from '../../client/index.ts';
import { ask, askForList } from '../ask.ts';
import { plain } from '../output.ts';
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
      const inLines = (shown: GroupJson) => JSON.stringify(shown, null, 2);
      await ask(command, 'asking for the group', (client) => client.group(name).show(), inLines);
    });
  group
    .command('list')
    .description('list all groups')
    .addHelpText('after', '\nExample:\n  $ quorate group list')
    .action((_options, command: Command) =>
      askForList(command, 'groups', allGroups, {
        GROUP: ({ group }) => group,
        STATUS: ({ status }) => status,
        ROUND: ({ round }) => String(round),
        THRESHOLD: ({ rule }) => JSON.stringify(rule.threshold),
        TITLE: ({ title }) => plain(title ?? ''),
      }),
    );
  group
    .command('delete')
    .description('delete a group and its rounds')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate group delete lunch')
    .action(async (name: string, _options, command: Command) => {
      const remove = (client: Client) =>
        client
          .group(name)
          .delete()
          .then(() => ({ deleted: name }));
      await ask(command, 'deleting the group', remove, () => `deleted ${name}`);
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
