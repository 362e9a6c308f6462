import type { ItemJson, Json, MessageJson, ViewItemJson } from '../../client/index.ts';
import { plain, stateText, valueText } from '../output.ts';

/** An item of a stream as one line: its offset and what it says; of anything but a message in brackets. */
export function itemLine(item: ItemJson): string {
  return `${item.offset}  ${item.type === 'message' ? messageText(item) : `[${aboutItem(item)}]`}`;
}

function messageText({ from, name, to, replyTo, round, ackBy, body }: MessageJson): string {
  const about = [
    ...(to === null ? [] : [`to ${to.join(', ')}`]),
    ...(replyTo === null ? [] : [`in reply to ${replyTo}`]),
    ...(round === null ? [] : [`about round ${round}`]),
    ...(ackBy === null ? [] : [`acknowledge: ${ackBy}`]),
  ];
  return `${who(from, name)}${about.length === 0 ? '' : ` (${about.join('; ')})`}: ${bodyText(body)}`;
}

/** A text as it is, anything else as JSON; on one line. */
function bodyText(body: Json): string {
  return plain(typeof body === 'string' ? body.replace(/\s*\n\s*/g, ' ') : JSON.stringify(body));
}

function aboutItem(item: Exclude<ItemJson, MessageJson>): string {
  if (item.type === undefined) return 'a message to others';
  if (item.type === 'view') return viewText(item);
  if (item.type === 'round-opened') return `round ${item.round} is open`;
  const value = item.state === 'SUCCESS' ? valueText(item.value) : (item.reason ?? '');
  return `round ${item.round}: ${stateText(item.state)} ${value}`.trimEnd();
}

const changes = {
  joined: 'has joined',
  left: 'has left',
  expired: 'is gone: its lease has run out',
  renamed: 'has another name or kind',
} as const;

function viewText({ agent, name, role, change }: ViewItemJson): string {
  const as = change === 'joined' && role === 'observer' ? ' as an observer' : '';
  return `${who(agent, name)} ${changes[change]}${as}`;
}

function who(agent: string, name: string | undefined): string {
  return name === undefined ? agent : `${agent}, ${plain(name)}`;
}
