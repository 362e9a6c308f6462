import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Webhook } from '../../src/core/group/webhook-list.ts';
import { parseDuration } from '../../src/core/rule/duration.ts';
import { viewDelivery } from '../../src/core/view/webhook.ts';

/** What a transcript says of webhooks; `server` stands for the server, which is told of all groups. */

export function hookIn(state: State, name: string, what: string): Command | null {
  const group = name === 'server' ? null : name;
  const lease = /^(\S+) delivers (\S+)$/.exec(what);
  if (lease !== null)
    return { type: 'take-deliveries', server: lease[1] as string, lease: parseDuration(lease[2] ?? '') ?? 0 };
  const put = /^hook (\S+) to (\S+)(?: for (\S+))?(?: as (\S+))?(?: with (new )?secret (\S+))?$/.exec(what);
  if (put !== null) {
    const [, id = '', url = '', states = 'all', format = 'standard', isNew, secret = 'whsec_first'] = put;
    const settings = { url, states: states as 'all', format: format as 'standard' };
    const keepSecret = isNew === undefined;
    return { type: 'put-webhook', group, id, ...settings, byKeyHash: null, keepSecret, secret };
  }
  const use = /^(drop|test|replay) (\S+)(?: (?:key )?(\S+))?$/.exec(what);
  if (use !== null) {
    const [, verb, id = '', more] = use;
    const about = { group, id, byKeyHash: null };
    if (verb === 'drop') return { type: 'delete-webhook', ...about };
    if (verb === 'test') return { type: 'test-webhook', ...about, key: more ?? null };
    return { type: 'replay-delivery', ...about, number: Number(more) };
  }
  return attemptIn(state, group, what);
}

/** `w 1 delivered`, `w 1 fails with 503`: the next attempt, by the server that delivers. */
function attemptIn(state: State, group: string | null, what: string): Command | null {
  const form =
    /^(\S+) (\d+) (delivered|fails with (\S+))( for good)?(?:, after (\S+))?(?: as attempt (\d+))?(?: under fence (\d+))?$/;
  const said = form.exec(what);
  if (said === null) return null;
  const [, id = '', number, , error, gone, after, attempt, fence] = said;
  const webhook = hookOf(state, group, id);
  const next = (webhook?.get(Number(number))?.attempts ?? 0) + 1;
  const ended = {
    ...{ group, id, made: webhook?.made ?? 0, number: Number(number) },
    attempt: attempt === undefined ? next : Number(attempt),
    fence: fence === undefined ? (state.delivering?.fence ?? 0) : Number(fence),
  };
  if (error === undefined) return { type: 'delivered', ...ended };
  const retryAfter = after === undefined ? null : parseDuration(after);
  return { type: 'delivery-failed', ...ended, error, retryAfter, gone: gone !== undefined };
}

function hookOf(state: State, group: string | null, id: string): Webhook | undefined {
  return (group === null ? state : state.groups.get(group))?.webhooks.get(id);
}

/** The deliveries of a webhook, a line each; `w told` shows what the last one says. */
export function toldIn(state: State, name: string, what: string): string[] | null {
  const [, id = '', verb] = /^(\S+) (deliveries|told)$/.exec(what) ?? [];
  const webhook = hookOf(state, name === 'server' ? null : name, id);
  if (verb === undefined || webhook === undefined) return null;
  const all = [...webhook.pending.values(), ...webhook.over.values()].sort((a, b) => a.number - b.number);
  if (verb === 'told') return [all.at(-1)?.body ?? 'nothing'];
  return all.map((delivery) => {
    const {
      number,
      kind,
      group,
      round,
      state: now,
      attempts,
      nextAt,
      error,
    } = viewDelivery(webhook, delivery, 'log');
    const about = kind === 'test' ? 'test' : `${group} ${round}`;
    return `${number} ${about} ${now} attempts ${attempts}${nextAt === null ? '' : ` next ${nextAt}`}${error === null ? '' : ` (${error})`}`;
  });
}
