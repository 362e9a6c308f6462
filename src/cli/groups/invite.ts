import type { Command } from 'commander';
import { Option } from 'commander';
import type { AgentKind, Client, GroupJson, InvitedJson } from '../../client/index.ts';
import { type Globals, kindOption, urlsOf } from '../arguments.ts';
import { ask, askForList } from '../ask.ts';
import { exit } from '../exit.ts';
import { plain } from '../output.ts';

interface Options extends Globals {
  readonly name?: string;
  readonly kind?: AgentKind;
  readonly role?: 'voter' | 'observer';
  readonly secret?: string;
  readonly revoke?: true;
}

const about = `
This needs the administrator's token or, on a server without an administrator, the group's join key. The link is good for one
person on one machine, and is not shown again; a new one for the same name ends it.

Examples:
  $ quorate invite deploy alice --name 'Alice Smith' --token-file key
  $ quorate invite deploy --token-file key
  $ quorate invite deploy alice --revoke --token-file key`;

export function registerInvite(program: Command): void {
  program
    .command('invite')
    .description('invite somebody to a group that admits by invite, or list who is invited')
    .argument('<group>', 'the group')
    .argument('[agent]', 'the name to take part under (default: list all)')
    .option('--name <text>', 'what the agent is shown as')
    .addOption(kindOption('what the agent is, for showing'))
    .addOption(
      new Option('--role <role>', 'an observer proposes nothing (default: voter)').choices([
        'voter',
        'observer',
      ]),
    )
    .option('--secret <text>', 'the secret, so that a repeat is the same invite (default: a new one)')
    .option('--revoke', 'end the invite, and with it what it was exchanged for')
    .addHelpText('after', about)
    .action(async (group: string, agent: string | undefined, _options, command: Command) => {
      const { name, kind, role, secret, revoke } = command.optsWithGlobals<Options>();
      const given = [name, kind, role, secret].some((one) => one !== undefined);
      if (given && (agent === undefined || revoke === true))
        command.error('error: --name, --kind, --role and --secret are for a new invite', {
          exitCode: exit.usage,
        });
      if (agent === undefined && revoke === true)
        command.error("error: missing required argument 'agent' for --revoke", { exitCode: exit.usage });
      if (agent === undefined) return list(command, group);
      if (revoke === true) {
        const call = (client: Client) => client.group(group).revoke(agent);
        return void (await ask(command, 'revoking', call, () => `${agent} is not invited any more`));
      }
      let rule: GroupJson['rule'] | null = null;
      const invite = async (client: Client): Promise<InvitedJson> => {
        rule = (await client.group(group).show()).rule;
        return client.group(group).invite(agent, { name, kind, role, secret });
      };
      await ask(command, 'inviting', invite, (invited) =>
        invited.role === 'observer'
          ? invited.link
          : `${invited.link}\n${voteLine(command, invited, rule as GroupJson['rule'] | null)}`,
      );
    });
}

function list(command: Command, group: string): Promise<void> {
  return askForList(command, 'invites', (client) => client.group(group).invites(), {
    AGENT: ({ agent }) => agent,
    NAME: ({ name }) => plain(name ?? ''),
    KIND: ({ kind }) => kind ?? '',
    ROLE: ({ role }) => role,
    IS: ({ state }) => state,
    SINCE: ({ since }) => since,
  });
}

/** The command that votes, with a value that the rule allows. */
function voteLine(
  command: Command,
  { group, agent, secret }: InvitedJson,
  rule: GroupJson['rule'] | null,
): string {
  const value = JSON.stringify(rule?.wins?.[0] ?? rule?.options?.[0]?.value ?? 'value');
  const url = urlsOf(command).join(',');
  return `quorate propose ${group} ${agent} ${quoted(value)} --invite ${secret} --url ${url}`;
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
