import type { Command } from 'commander';
import { clientOf, type Globals } from '../arguments.ts';
import { print, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import { registerRemove } from './agents-remove.ts';

export function registerAgents(program: Command): void {
  const agents = program
    .command('agents')
    .description('list the agents that have joined a group, remove one')
    .addHelpText('after', '\nExample:\n  $ quorate agents lunch');
  registerRemove(agents);
  agents
    .command('list', { isDefault: true })
    .description('list the agents that have joined a group')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate agents list lunch')
    .action(async (group: string, _options, command: Command) => {
      const agents = await withProgress(
        'asking for the agents',
        clientOf(command, '5s').group(group).agents(),
      );
      if (command.optsWithGlobals<Globals>().json) {
        for (const agent of agents) print(JSON.stringify(agent));
        return;
      }
      const rows = agents.map(({ agent, role, live, since, expiresAt }) => [
        agent,
        role,
        live ? 'live' : 'gone',
        since,
        expiresAt ?? '',
      ]);
      print(table([['AGENT', 'ROLE', 'IS', 'SINCE', 'LEASE UNTIL'], ...rows]));
    });
}
