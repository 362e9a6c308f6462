import { type Command, Option } from 'commander';
import type { Client, Webhooks } from '../../client/index.ts';
import { exit } from '../exit.ts';

interface Owner {
  readonly group?: string;
  readonly allGroups?: true;
}

/** Adds the options that say whose webhooks a command is about. */
export function ofOwner(command: Command): Command {
  return command
    .addOption(new Option('--group <group>', 'of this group').conflicts('allGroups'))
    .addOption(new Option('--all-groups', 'of the server, told of all groups; for its administrator'));
}

/** The webhooks that the options name. Ends the command with its usage when they name none. */
export function webhooksOf(command: Command): (client: Client) => Webhooks {
  const { group, allGroups } = command.optsWithGlobals<Owner>();
  if (group === undefined && allGroups === undefined)
    command.error('error: say whose webhooks: --group <group>, or --all-groups', { exitCode: exit.usage });
  return (client) => (group === undefined ? client.webhooks : client.group(group).webhooks);
}
