import type { Command } from 'commander';
import type { Client } from '../../client/index.ts';
import { ask, askForList } from '../ask.ts';

const aboutRemoving = `
This needs the administrator's token or, on a server without an administrator, the join key of a group that admits by key.
The agent's proposals stay.

Example:
  $ quorate agents remove lunch ann --token-file admin-token`;

export function registerAgents(program: Command): void {
  const agents = program
    .command('agents')
    .description('list the agents that have joined a group, remove one')
    .addHelpText('after', '\nExample:\n  $ quorate agents lunch');
  agents
    .command('remove')
    .description('remove an agent whose token is lost from its group')
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addHelpText('after', aboutRemoving)
    .action(async (group: string, agent: string, _options, command: Command) => {
      const remove = (client: Client) =>
        client
          .group(group)
          .remove(agent)
          .then(() => ({ removed: agent }));
      await ask(command, 'removing the agent', remove, () => `removed ${agent}`);
    });
  agents
    .command('list', { isDefault: true })
    .description('list the agents that have joined a group')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate agents list lunch')
    .action((group: string, _options, command: Command) =>
      askForList(command, 'agents', (client) => client.group(group).agents(), {
        AGENT: ({ agent }) => agent,
        KIND: ({ kind }) => kind ?? '',
        ROLE: ({ role }) => role,
        IS: ({ live }) => (live ? 'live' : 'gone'),
        SINCE: ({ since }) => since,
        'LEASE UNTIL': ({ expiresAt }) => expiresAt ?? '',
      }),
    );
}
