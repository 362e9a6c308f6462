import { apply } from '../../src/core/apply.ts';
import { type Command, decodeEntry, type Entry, encodeCommand, encodeEntry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Json } from '../../src/core/types.ts';
import type { Log } from '../../src/log/log.ts';
import { createCommand, proposal, settingsOf } from '../../test/harness/entries.ts';

/** Commands by the thousand, put into a state or a log. */

const commandsPerEntry = 1000;

/** Applies `count` commands, each as it would come from the log. */
export function applyAll(state: State, count: number, command: (i: number) => Command): void {
  for (const bytes of entries(count, command)) apply(state, decodeEntry(bytes), state.index + 1);
}

/** Appends `count` commands to the log. */
export async function fill(log: Log, count: number, command: (i: number) => Command): Promise<void> {
  for (const bytes of entries(count, command)) {
    const appended = await log.append(bytes);
    if (!appended.ok) throw new Error(appended.detail);
  }
}

function* entries(count: number, command: (i: number) => Command): Generator<Uint8Array> {
  for (let from = 0; from < count; from += commandsPerEntry) {
    const texts: string[] = [];
    for (let i = from; i < Math.min(count, from + commandsPerEntry); i += 1)
      texts.push(encodeCommand(command(i)));
    yield encodeEntry(headerOf(from), texts);
  }
}

function headerOf(seed: number): Omit<Entry, 'commands'> {
  const writer = { version: 1, writer: 'fill', serial: 0, server: 'fill' };
  return { ...writer, time: Date.now(), reckoned: 0, alone: true, seed };
}

const rule: Json = { electorate: { size: 3 }, threshold: 2, next: 'continuous' };

/** Makes a group, its settings sent by its own client. */
export function put(group: string, body: Json = { rule }): Command {
  return createCommand(group, settingsOf(body));
}

/** In the open round; a value that is a text is JSON. An agent's token is its own name. */
export function propose(group: string, value: number | string, agent: string | null = null): Command {
  return { ...proposal(group, null, agent, String(value)), tokenHash: agent };
}

/** Each group's first round closes with the third of these. */
export function vote(i: number): Command {
  return propose(`group-${Math.floor(i / 3)}`, i % 3 === 2 ? 1 : 7);
}

type Say = Extract<Command, { type: 'say' }>;

/** A message to everybody, said under the token of a member that `join` let in; the body is JSON. */
export function say(group: string, agent: string, body: string): Say {
  return { type: 'say', group, tokenHash: agent, body, key: null };
}

export function join(group: string, agent: string): Command {
  return { type: 'join', group, agent, role: 'voter', ttl: 86_400_000, tokenHash: agent, joinKeyHash: null };
}
