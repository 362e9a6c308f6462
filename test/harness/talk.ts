import type { ItemJson } from '../../src/core/view/json-types.ts';
import type { Reply } from '../conformance/http/ask.ts';
import type { RunningApp } from './app.ts';

/** A group whose members talk, over HTTP. */

export interface StreamPage {
  readonly group: string;
  readonly items: readonly ItemJson[];
  readonly next: number | null;
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
  readonly revision: number;
  readonly index: number;
}

export class Talk {
  readonly path: string;
  /** Tokens of those who have joined, by name. */
  readonly tokens: Record<string, string> = {};
  private readonly running: RunningApp;

  constructor(running: RunningApp, group = 'g') {
    this.running = running;
    this.path = `/v1/groups/${group}`;
  }

  /** Makes the group, in which rounds end by hand only, and lets these join. */
  async begin(agents: readonly string[], more: object = {}): Promise<void> {
    const rule = { electorate: { size: 9 }, next: 'manual' };
    const made = await this.running.ask('PUT', this.path, { rule, ...more });
    if (made.status !== 201) throw new Error(made.story);
    for (const agent of agents) await this.join(agent);
  }

  async join(agent: string, more: object = {}, token?: string): Promise<Reply> {
    const reply = await this.ask('PUT', `agents/${agent}`, { ttl: '1h', ...more }, token);
    if (reply.status > 201) throw new Error(reply.story);
    this.tokens[agent] = reply.as<{ token: string }>().token;
    return reply;
  }

  /** As an agent that has joined, or with a token, or as nobody. */
  ask(method: string, what: string, body?: unknown, as?: string, headers: Record<string, string> = {}) {
    const token = as === undefined ? undefined : (this.tokens[as] ?? as);
    const sent = token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers };
    return this.running.ask(method, what === '' ? this.path : `${this.path}/${what}`, body, sent);
  }

  say(agent: string, message: unknown, query = '', headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask('POST', `messages${query}`, message, agent, headers);
  }

  async page(query = '', as?: string): Promise<StreamPage> {
    const reply = await this.ask('GET', `stream${query}`, undefined, as);
    if (reply.status !== 200) throw new Error(reply.story);
    return reply.as<StreamPage>();
  }
}
