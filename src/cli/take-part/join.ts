import { type Command, Option } from 'commander';
import type { Duration } from '../../client/index.ts';
import { clientOf, duration, type Globals } from '../arguments.ts';
import { note, print } from '../output.ts';
import { withProgress } from '../progress.ts';
import { addSettings } from '../settings/settings.ts';

interface Options extends Globals {
  readonly role?: 'voter' | 'observer';
  readonly ttl?: Duration;
  readonly joinKey?: string;
  readonly instance?: string;
}

const examples = `
Example:
  $ quorate join lunch ann --ttl 10m
  $ TOKEN=$(quorate join board cy --join-key "$KEY")`;

export function registerJoin(program: Command): void {
  addSettings(program.command('join'), 'agent')
    .description("join a group: prints the agent's token, which proves who it is from now on")
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addOption(new Option('--role <role>', 'an observer proposes nothing').choices(['voter', 'observer']))
    .option('--ttl <duration>', 'how long it counts as live after its last request (default: 30s)', duration)
    .addHelpText('after', examples)
    .action(async (group: string, agent: string, _options, command: Command) => {
      const { role, ttl, joinKey: key, instance, json } = command.optsWithGlobals<Options>();
      const joining = clientOf(command, '5s').group(group).join(agent, { role, ttl, key, instance });
      const { joined } = await withProgress('joining', joining);
      print(json ? JSON.stringify(joined) : joined.token);
      if (!json) note(`live until ${joined.expiresAt}; every request with this token renews the lease`);
    });
}
