import type { Group } from '../group/state.ts';
import type { Delivery, Webhook } from '../group/webhook-list.ts';
import type { Canonical, Outcome } from '../types.ts';
import type { DeliveryJson, WebhookJson } from './json-types.ts';
import { explainClosed } from './sentence.ts';

/** What readers see of webhooks, never a secret; and what a webhook is told. */

/** `group`: its name, or null for a webhook of the server; `logId`: of the log, `now`: log time, ms. [Q11.1] */
export function viewWebhook(
  webhook: Webhook,
  { group, logId, now }: { readonly group: string | null; readonly logId: string; readonly now: number },
): WebhookJson {
  const { id, settings, former, disabled, pending, delivered, failed } = webhook;
  const { url, states, format } = settings;
  const last = lastTried(webhook);
  return {
    id,
    group,
    url,
    states,
    format,
    formerSecretUntil: former !== null && former.until > now ? time(former.until) : null,
    disabled,
    pending: pending.size,
    delivered,
    failed,
    last: last === null ? null : viewDelivery(webhook, last, logId),
  };
}

/** [Q11.9] */
export function viewDelivery(webhook: Webhook, delivery: Delivery, logId: string): DeliveryJson {
  const { number, kind, group, round, at, state, attempts, nextAt, lastAttemptAt, error } = delivery;
  return {
    message: messageId(webhook, delivery, logId),
    number,
    kind,
    group,
    round,
    at: time(at),
    state,
    attempts,
    nextAt: state === 'pending' ? time(nextAt) : null,
    lastAttemptAt: lastAttemptAt === null ? null : time(lastAttemptAt),
    error,
  };
}

/** The `webhook-id` of a delivery: the same for every attempt, by whatever server, and no other delivery's. [Q11.5] */
export function messageId({ made }: Webhook, { number }: Delivery, logId: string): string {
  return `msg_${logId}_${made}_${number}`;
}

/** The secrets that sign what is sent at this moment of log time, ms, the newer one first. [Q11.3] */
export function signingSecrets({ settings, former }: Webhook, now: number): string[] {
  return former !== null && former.until > now ? [settings.secret, former.secret] : [settings.secret];
}

/** What a webhook is told of a round that has ended, in canonical form. [Q11.4] */
export function outcomeBody({ name }: Group, outcome: Outcome): Canonical {
  const { closedAt, index, reason, revision, round, state, subjectHash, value } = outcome;
  const explain = JSON.stringify(explainClosed(outcome));
  const first = `{"closedAt":"${time(closedAt)}","explain":${explain},"group":"${name}","index":${index}`;
  const then = `"reason":"${reason}","revision":${revision},"round":${round},"state":"${state}"`;
  const body = `${first},${then},"subjectHash":${JSON.stringify(subjectHash)}`;
  return `${body},"value":${value ?? 'null'}}`;
}

/** Of the deliveries that are kept the one with the latest attempt; null where none was tried. */
function lastTried({ pending, over }: Webhook): Delivery | null {
  let last: Delivery | null = null;
  for (const list of [pending, over])
    for (const delivery of list.values())
      if ((delivery.lastAttemptAt ?? -1) > (last?.lastAttemptAt ?? -1)) last = delivery;
  return last;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
