import type { Delivery } from '../core/group/webhook-list.ts';
import { canonical } from '../core/json.ts';
import type { Json, WebhookFormat } from '../core/types.ts';

/** The body of a request to a webhook: the same bytes at every attempt. [Q11.11] */
export function messageText(delivery: Delivery, format: WebhookFormat): string {
  if (format === 'slack') return canonical(blockWith(forSlack(sentenceOf(delivery))));
  if (format === 'teams') return canonical(cardWith(sentenceOf(delivery)));
  const { kind, at, body } = delivery;
  const type = kind === 'test' ? 'webhook.test' : 'round.closed';
  return `{"type":"${type}","timestamp":"${new Date(at).toISOString()}","data":${body}}`;
}

/** The part of what is told about a round that people are shown. */
interface Told {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: string;
  readonly explain: string;
  readonly value: Json;
}

/** Characters of a value, and of all that a channel is shown: Slack takes 3000, and one may be written as five. */
const valueLength = 300;
const sentenceLength = 600;

function sentenceOf({ kind, group, round, body }: Delivery): string {
  if (kind === 'test') {
    const whose = group === null ? 'of this server' : `of group ${group}`;
    return `Quorate: a test of a webhook ${whose}, which works.`;
  }
  const { state, reason, explain, value } = JSON.parse(body) as Told;
  const what =
    state === 'SUCCESS' ? `agreed on ${cut(canonical(value), valueLength)}` : `no agreement (${reason})`;
  return cut(`${group}, round ${round}: ${what}. ${explain}`, sentenceLength);
}

/** A text of at most so many characters; half a pair of surrogates is not left over. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A message of Slack. In `text` alone addresses would become links; where there is a block it is what notifications show. */
function blockWith(text: string): Json {
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }] };
}

/** With these three as entities, nothing in a text that is taken verbatim is a link, or calls the whole channel. */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An Adaptive Card. Its text is a run, in which no Markdown is read: nobody who proposes can make a link of it. */
function cardWith(text: string): Json {
  const content = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.2',
    body: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] }],
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, content }] };
}
