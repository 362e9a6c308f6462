import type { Command } from 'commander';
import type { Client, DeliveryJson, WebhookJson } from '../../client/index.ts';
import { ask, askForList } from '../ask.ts';
import { plain, table } from '../output.ts';
import { ofOwner, webhooksOf } from './owner.ts';

/** The commands that show webhooks, and what became of what they were told. */

export function registerWebhookList(webhook: Command): void {
  ofOwner(webhook.command('list'))
    .description('list webhooks, and why the last attempt of each failed')
    .addHelpText('after', '\nExample:\n  $ quorate webhook list --group deploy --token-file key')
    .action((_options, command: Command) => {
      const of = webhooksOf(command);
      return askForList(command, 'webhooks', (client) => of(client).list(), {
        ID: ({ id }) => id,
        URL: ({ url }) => plain(url),
        STATES: ({ states }) => states,
        FORMAT: ({ format }) => format,
        PENDING: ({ pending }) => String(pending),
        DELIVERED: ({ delivered }) => String(delivered),
        FAILED: ({ failed }) => String(failed),
        'LAST ERROR': ({ disabled, last }) =>
          plain(disabled === null ? (last?.error ?? '') : `disabled: ${disabled}`),
      });
    });
}

export function registerWebhookShow(webhook: Command): void {
  ofOwner(webhook.command('show'))
    .description('show a webhook and what it is told: all that waits, and the last hundred that are over')
    .argument('<id>', 'the webhook')
    .addHelpText('after', '\nExample:\n  $ quorate webhook show channel --group deploy --token-file key')
    .action(async (id: string, _options, command: Command) => {
      const of = webhooksOf(command);
      const call = async (client: Client) => {
        const [shown, deliveries] = [await of(client).show(id), await of(client).deliveries(id)];
        return { ...shown, deliveries };
      };
      await ask(
        command,
        'asking for the webhook',
        call,
        (shown) => `${head(shown)}\n${rows(shown.deliveries)}`,
      );
    });
}

function head({ id, url, states, format, disabled, formerSecretUntil }: WebhookJson): string {
  const lines = [`${id}: ${format}, ${states}, to ${plain(url)}`];
  if (formerSecretUntil !== null) lines.push(`the former secret signs too, until ${formerSecretUntil}`);
  if (disabled !== null) lines.push(`disabled: ${plain(disabled)}`);
  return lines.join('\n');
}

function rows(deliveries: readonly DeliveryJson[]): string {
  return table([
    ['NUMBER', 'WHAT', 'STATE', 'ATTEMPTS', 'NEXT', 'ERROR'],
    ...deliveries.map(({ number, kind, group, round, state, attempts, nextAt, error }) => [
      String(number),
      kind === 'test' ? 'test' : `${group} round ${round}`,
      state,
      String(attempts),
      nextAt ?? '',
      plain(error ?? ''),
    ]),
  ]);
}
