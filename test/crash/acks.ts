// @ts-nocheck
import http from 'node:http';

/**
 * Load whose every acknowledgement is written down: clients that propose unique values in groups of their own, one round
 * after the other, and afterwards the question whether all that was acknowledged is there.
 *
 * Each group has one agent and closes a round with each proposal, so a round's decision is the value acknowledged.
 */
export class Acks {
  /** group -> values acknowledged, by round. */
  acked = new Map();
  /** group -> the value sent and not answered yet, with its round. */
  pending = new Map();
  #agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  #running: Promise<void>[] = [];
  #stopped = false;
  #prefix;
  #serial = 0;

  constructor(prefix, clients) {
    this.#prefix = prefix;
    for (let i = 0; i < clients; i += 1) this.acked.set(`${prefix}-${i}`, new Map());
  }

  get count() {
    let count = 0;
    for (const rounds of this.acked.values()) count += rounds.size;
    return count;
  }

  /** Makes the groups where they are missing. */
  async prepare(base) {
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' };
    for (const group of this.acked.keys()) {
      const { status } = await this.#send(base, 'PUT', `/v1/groups/${group}`, { rule });
      if (status !== 200 && status !== 201) throw new Error(`cannot create ${group}: ${status}`);
    }
  }

  /** Lets every client propose until the server stops answering. */
  start(base) {
    this.#stopped = false;
    this.#running = [...this.acked.keys()].map((group) => this.#client(base, group));
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  }

  async #client(base, group) {
    const rounds = this.acked.get(group);
    while (!this.#stopped) {
      const round = this.pending.get(group)?.round ?? Math.max(0, ...rounds.keys()) + 1;
      this.#serial += 1;
      const value = this.pending.get(group)?.value ?? `${this.#prefix}-${this.#serial}`;
      this.pending.set(group, { round, value });
      const { status, body } = await this.#send(
        base,
        'PUT',
        `/v1/groups/${group}/rounds/${round}/proposals/a`,
        { value },
      ).catch(() => ({ status: 0 }));
      if (status === 0 || status >= 500) return;
      if (status !== 200 && status !== 201)
        throw new Error(`${group} round ${round}: ${status} ${JSON.stringify(body)}`);
      rounds.set(round, value);
      this.pending.delete(group);
    }
  }

  /**
   * What is wrong with what the server holds now: an acknowledged value that is missing or another, a gap, a round
   * beyond what was ever sent. Then repeats what was unanswered: it must be taken exactly once.
   */
  async wrongs(base) {
    const wrongs = [];
    for (const [group, rounds] of this.acked) {
      const latest = Math.max(0, ...rounds.keys());
      const held = await this.#held(base, group);
      for (const [round, value] of rounds) {
        if (round <= latest - 900) continue;
        if (held.get(round) !== value)
          wrongs.push(`${group} round ${round}: acknowledged ${value}, held ${held.get(round)}`);
      }
      const unanswered = this.pending.get(group);
      for (const [round, value] of held) {
        const expected = round === unanswered?.round ? unanswered.value : rounds.get(round);
        if (value !== expected)
          wrongs.push(`${group} round ${round}: holds ${value}, which nobody was told of`);
      }
      if (unanswered === undefined) continue;
      const path = `/v1/groups/${group}/rounds/${unanswered.round}/proposals/a`;
      const { status, body } = await this.#send(base, 'PUT', path, { value: unanswered.value });
      if ((status !== 200 && status !== 201) || body.value !== unanswered.value) {
        wrongs.push(
          `${group} round ${unanswered.round}: repeating ${unanswered.value} gave ${status} ${body.value}`,
        );
      }
      rounds.set(unanswered.round, unanswered.value);
      this.pending.delete(group);
    }
    return wrongs;
  }

  /** Decisions by round, of the rounds that are kept: a listing comes in pages. */
  async #held(base, group) {
    const held = new Map();
    for (let before = ''; ; ) {
      const { status, body } = await this.#send(
        base,
        'GET',
        `/v1/groups/${group}/rounds?limit=1000${before}`,
      );
      if (status !== 200) return held;
      for (const { round, state, value } of body.rounds) if (state === 'SUCCESS') held.set(round, value);
      if (body.next === null) return held;
      before = `&before=${body.next}`;
    }
  }

  #send(base, method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const request = http.request(
        base + path,
        { method, agent: this.#agent, headers, timeout: 20_000 },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => {
            try {
              resolve({ status: response.statusCode, body: text === '' ? null : JSON.parse(text) });
            } catch (error) {
              reject(error);
            }
          });
          response.on('error', reject);
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer in 20 s')));
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
