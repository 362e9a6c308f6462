import { type Command, Option } from 'commander';
import type { AgentKind, ConnectOptions, Duration, Group, Member } from '../../client/index.ts';
import { clientOf, duration, type Globals, kindOption, urlsOf } from '../arguments.ts';
import { exit } from '../exit.ts';
import { addSettings } from '../settings/settings.ts';
import { instanceFor } from '../take-part/instance.ts';
import { followLink, invited } from '../take-part/invited.ts';

/** The options of a command that acts as a member of a group. */
export interface MemberOptions extends Globals {
  readonly as?: string;
  readonly name?: string;
  readonly kind?: AgentKind;
  readonly role?: 'voter' | 'observer';
  readonly ttl?: Duration;
  readonly invite?: string;
  readonly record?: string;
  readonly joinKey?: string;
  readonly instance?: string;
}

export const aboutMembers = `
--as joins under that name, unless it is a member already: by --token, or by what names this machine, a random text in
~/.local/state/quorate, so that all commands of one user with one --as are one member. Where a group admits by invite, each of them
needs --invite, or the agent's token.`;

/** The command with these options. */
export function memberCommand(command: Command): Command {
  return addSettings(command, 'agent')
    .option('--name <text>', 'with --as: what the member is shown as')
    .addOption(kindOption('with --as: what the member is, for showing'))
    .addOption(
      new Option('--role <role>', 'with --as: an observer proposes nothing').choices(['voter', 'observer']),
    )
    .option(
      '--ttl <duration>',
      'with --as: how long it is a member after the last request (default: 30s)',
      duration,
    )
    .option('--invite <secret>', 'with --as: the secret of an invite, or the whole link')
    .option('--record <file>', 'append what is said or heard to this file, for quorate check');
}

/** Ends the command with a usage error when options say more of a member that --as does not name. */
export function refuseMemberOptions(command: Command): void {
  const options = command.opts<MemberOptions>();
  const given = (['name', 'kind', 'role', 'ttl', 'invite'] as const).some(
    (one) => options[one] !== undefined,
  );
  if (given)
    command.error('error: --name, --kind, --role, --ttl and --invite are for a member: name it with --as', {
      exitCode: exit.usage,
    });
}

/** The member that the options describe: it joins, or is found where it has joined. `more`: see `clientOf`. */
export async function joinAs(
  command: Command,
  name: string,
  agent: string,
  more: Partial<ConnectOptions> = {},
): Promise<Member<Group>> {
  const options = command.optsWithGlobals<MemberOptions>();
  const { name: shown, kind, role, ttl, invite, joinKey: key, ...given } = options;
  if (invite !== undefined) followLink(command, invite);
  const group = await invited(clientOf(command, '60s', more).group(name), agent, invite, given.instance);
  const instance = given.instance ?? instanceFor([...urlsOf(command), name, agent].join('\n'), undefined);
  return group.join(agent, { name: shown, kind, role, ttl, key, instance });
}
