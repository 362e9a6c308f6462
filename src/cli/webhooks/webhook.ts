import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { DeliveryJson, WebhookFormat, WebhookStates } from '../../client/index.ts';
import { type Globals, whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { CliError, exit, messageOf } from '../exit.ts';
import { note, plain } from '../output.ts';
import { readTextFile } from '../text-file.ts';
import { ofOwner, webhooksOf } from './owner.ts';
import { registerWebhookList, registerWebhookShow } from './reading.ts';

interface PutOptions extends Globals {
  readonly states?: WebhookStates;
  readonly format?: WebhookFormat;
  readonly secretFile?: string;
  readonly rotate?: true;
}

const aboutPut = `
This needs the administrator's token or, on a server without an administrator, the group's join key; and a server that was started
with --webhook-allow. A new webhook prints its secret once: the receiver checks signatures with it. A webhook that is there
already keeps its secret, unless --rotate or --secret-file gives another: both sign for a day.

Examples:
  $ quorate webhook put channel https://hooks.example.com/quorate --group deploy --token-file key
  $ quorate webhook put chat https://hooks.slack.com/services/… --format slack --all-groups --token-file admin-token`;

export function registerWebhook(program: Command): void {
  const webhook = program
    .command('webhook')
    .description('have outcomes sent to an address, signed, until it has taken them')
    .addHelpText('after', '\nExample:\n  $ quorate webhook list --group deploy --token-file key');
  registerPut(webhook);
  registerWebhookList(webhook);
  registerWebhookShow(webhook);
  ofOwner(webhook.command('test'))
    .description('send something that is no outcome, to see whether it arrives')
    .argument('<id>', 'the webhook')
    .addHelpText('after', '\nExample:\n  $ quorate webhook test channel --group deploy --token-file key')
    .action(async (id: string, _options, command: Command) => {
      const of = webhooksOf(command);
      await ask(command, 'asking for a test', (client) => of(client).test(id), queued);
    });
  ofOwner(webhook.command('replay'))
    .description('send a delivery once more, under the same id')
    .argument('<id>', 'the webhook')
    .argument('<number>', 'the delivery, as show lists them', whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', '\nExample:\n  $ quorate webhook replay channel 7 --group deploy --token-file key')
    .action(async (id: string, number: number, _options, command: Command) => {
      const of = webhooksOf(command);
      await ask(command, 'asking for the delivery', (client) => of(client).replay(id, number), queued);
    });
  ofOwner(webhook.command('delete'))
    .description('delete a webhook, with what it was still to be told')
    .argument('<id>', 'the webhook')
    .addHelpText('after', '\nExample:\n  $ quorate webhook delete channel --group deploy --token-file key')
    .action(async (id: string, _options, command: Command) => {
      const of = webhooksOf(command);
      const call = async (client: Parameters<typeof of>[0]) => {
        await of(client).delete(id);
        return { deleted: id };
      };
      await ask(command, 'deleting the webhook', call, () => `deleted ${id}`);
    });
}

function registerPut(webhook: Command): void {
  ofOwner(webhook.command('put'))
    .description('make a webhook, or change it; one that its receiver has ended goes on')
    .argument('<id>', 'its name')
    .argument('<url>', 'where outcomes are sent')
    .addOption(
      new Option('--states <state>', 'how rounds must end to be told of (default: all)').choices([
        ...['all', 'SUCCESS', 'FAILED'],
      ]),
    )
    .addOption(
      new Option('--format <format>', 'JSON, or a message for a channel (default: standard)').choices([
        ...['standard', 'slack', 'teams'],
      ]),
    )
    .option('--secret-file <file>', 'a file with the secret: whsec_ and the base64 of 24 to 64 random bytes')
    .addOption(new Option('--rotate', 'make a new secret').conflicts('secretFile'))
    .addHelpText('after', aboutPut)
    .action(async (id: string, url: string, _options, command: Command) => {
      const { states, format, secretFile, rotate } = command.optsWithGlobals<PutOptions>();
      const of = webhooksOf(command);
      const secret = rotate === true ? `whsec_${randomBytes(32).toString('base64')}` : secretIn(secretFile);
      const put = await ask(
        command,
        'setting the webhook',
        (client) => of(client).put(id, { url, states, format, secret }),
        (put) => plain(put.secret ?? `${id} goes to ${put.url}, with the secret it has`),
      );
      if (put.secret !== undefined && secretFile === undefined)
        note('this secret checks signatures: give it to the receiver, it is not shown again');
    });
}

function secretIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readTextFile(file).trim();
  } catch (error) {
    const fix = 'name a file that holds it with --secret-file';
    throw new CliError(`the secret cannot be read: ${messageOf(error)}`, fix, exit.usage);
  }
}

function queued({ number, message }: DeliveryJson): string {
  return `delivery ${number} is sent now, as ${message}`;
}
