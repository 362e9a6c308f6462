import http from 'node:http';

interface Sent {
  readonly round: number;
  readonly value: string;
}

interface Reply {
  readonly status: number;
  /** The JSON of the response. */
  readonly body: unknown;
}

/** A page of the list of rounds. */
interface Page {
  readonly rounds: readonly { readonly round: number; readonly state: string; readonly value: unknown }[];
  readonly next: number | string | null;
}

/**
 * Load whose every acknowledgement is written down: clients that propose unique values in groups of their own, one round
 * after the other, and afterwards the question whether all that was acknowledged is there.
 *
 * Each group has one agent and closes a round with each proposal, so a round's decision is the value acknowledged.
 */
export class Acks {
  /** group -> values acknowledged, by round. */
  readonly #acked = new Map<string, Map<number, string>>();
  /** group -> the proposal that was sent and is not answered yet. */
  readonly #pending = new Map<string, Sent>();
  readonly #prefix: string;
  #agent = newAgent();
  #running: Promise<void>[] = [];
  #stopped = false;
  #serial = 0;

  constructor(prefix: string, clients: number) {
    this.#prefix = prefix;
    for (let i = 0; i < clients; i += 1) this.#acked.set(`${prefix}-${i}`, new Map());
  }

  /** Number of proposals acknowledged. */
  get count(): number {
    let count = 0;
    for (const rounds of this.#acked.values()) count += rounds.size;
    return count;
  }

  /** Makes the groups where they are missing. */
  async prepare(base: string): Promise<void> {
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' };
    for (const group of this.#acked.keys()) {
      const { status } = await this.#send(base, 'PUT', `/v1/groups/${group}`, { rule });
      if (!isDone(status)) throw new Error(`cannot create ${group}: ${status}`);
    }
  }

  /** Lets every client propose until the server stops answering. */
  start(base: string): void {
    this.#stopped = false;
    this.#running = [...this.#acked].map(([group, rounds]) => this.#client(base, group, rounds));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
    this.#agent = newAgent();
  }

  async #client(base: string, group: string, rounds: Map<number, string>): Promise<void> {
    while (!this.#stopped) {
      const sent = this.#pending.get(group) ?? this.#next(rounds);
      this.#pending.set(group, sent);
      const reply = await this.#propose(base, group, sent).catch(() => null);
      if (reply === null || reply.status >= 500) return;
      if (!isDone(reply.status))
        throw new Error(`${group} round ${sent.round}: ${reply.status} ${JSON.stringify(reply.body)}`);
      rounds.set(sent.round, sent.value);
      this.#pending.delete(group);
    }
  }

  #next(rounds: ReadonlyMap<number, string>): Sent {
    this.#serial += 1;
    return { round: latest(rounds) + 1, value: `${this.#prefix}-${this.#serial}` };
  }

  /**
   * What is wrong with what the server holds now: an acknowledged value that is missing or another, a gap, a round
   * beyond what was ever sent. Then repeats what was unanswered: it must be taken exactly once.
   */
  async wrongs(base: string): Promise<string[]> {
    const wrongs: string[] = [];
    for (const [group, rounds] of this.#acked) {
      const held = await this.#held(base, group);
      const last = latest(rounds);
      for (const [round, value] of rounds) {
        if (round <= last - 900) continue;
        if (held.get(round) !== value)
          wrongs.push(`${group} round ${round}: acknowledged ${value}, held ${held.get(round)}`);
      }
      const unanswered = this.#pending.get(group);
      for (const [round, value] of held) {
        const expected = round === unanswered?.round ? unanswered.value : rounds.get(round);
        if (value !== expected)
          wrongs.push(`${group} round ${round}: holds ${value}, which was never acknowledged`);
      }
      if (unanswered === undefined) continue;
      const { round, value } = unanswered;
      const { status, body } = await this.#propose(base, group, unanswered);
      const decided = typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined;
      if (!isDone(status) || decided !== value)
        wrongs.push(`${group} round ${round}: repeating ${value} gave ${status} ${decided}`);
      rounds.set(round, value);
      this.#pending.delete(group);
    }
    return wrongs;
  }

  /** Decisions by round, of the rounds that are kept: a list comes in pages. */
  async #held(base: string, group: string): Promise<Map<number, unknown>> {
    const held = new Map<number, unknown>();
    for (let before = ''; ; ) {
      const path = `/v1/groups/${group}/rounds?limit=1000${before}`;
      const { status, body } = await this.#send(base, 'GET', path);
      if (status !== 200) return held;
      if (!isPage(body)) throw new Error(`${path}: ${JSON.stringify(body)}`);
      for (const { round, state, value } of body.rounds) if (state === 'SUCCESS') held.set(round, value);
      if (body.next === null) return held;
      before = `&before=${body.next}`;
    }
  }

  #propose(base: string, group: string, { round, value }: Sent): Promise<Reply> {
    return this.#send(base, 'PUT', `/v1/groups/${group}/rounds/${round}/proposals/a`, { value });
  }

  #send(base: string, method: string, path: string, body?: object): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = { method, agent: this.#agent, headers, timeout: 20_000 };
      const request = http.request(base + path, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) });
          } catch (error) {
            reject(error);
          }
        });
        response.on('error', reject);
      });
      request.on('timeout', () => request.destroy(new Error('no answer in 20 s')));
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function newAgent(): http.Agent {
  return new http.Agent({ keepAlive: true, maxSockets: 256 });
}

function isDone(status: number): boolean {
  return status === 200 || status === 201;
}

/** The last round acknowledged; 0 when there is none. */
function latest(rounds: ReadonlyMap<number, string>): number {
  return Math.max(0, ...rounds.keys());
}

function isPage(body: unknown): body is Page {
  return typeof body === 'object' && body !== null && 'rounds' in body && Array.isArray(body.rounds);
}
