import { type Command, Option } from 'commander';
import type { AgentKind, Client, Duration } from '../../client/index.ts';
import { duration, type Globals, kindOption } from '../arguments.ts';
import { ask } from '../ask.ts';
import { note } from '../output.ts';
import { addSettings } from '../settings/settings.ts';

interface Options extends Globals {
  readonly name?: string;
  readonly kind?: AgentKind;
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
    .option('--name <text>', 'what it is shown as')
    .addOption(kindOption('what it is, for showing'))
    .addOption(new Option('--role <role>', 'an observer proposes nothing').choices(['voter', 'observer']))
    .option('--ttl <duration>', 'how long it counts as live after its last request (default: 30s)', duration)
    .addHelpText('after', examples)
    .action(async (group: string, agent: string, _options, command: Command) => {
      const { name, kind, role, ttl, joinKey: key, instance, json } = command.optsWithGlobals<Options>();
      const join = async (client: Client) =>
        (await client.group(group).join(agent, { name, kind, role, ttl, key, instance })).joined;
      const joined = await ask(command, 'joining', join, ({ token }) => token);
      if (!json) note(`live until ${joined.expiresAt}; every request with this token renews the lease`);
    });
}

export function registerLeave(program: Command): void {
  program
    .command('leave')
    .description("give up an agent's name; needs its token")
    .argument('<group>', 'the group')
    .argument('<agent>', "the agent's name")
    .addHelpText('after', '\nExample:\n  $ quorate leave lunch ann --token "$TOKEN"')
    .action(async (group: string, agent: string, _options, command: Command) => {
      const leave = (client: Client) =>
        client
          .group(group)
          .leave(agent)
          .then(() => ({ left: agent }));
      await ask(command, 'leaving', leave, () => `${agent} has left`);
    });
}
