import { checkHistory } from '../../src/cli/log/history-check.ts';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import type { Blame, Evidence, Exchange } from '../sim/evidence.ts';
import { type Answer, label, placeOf } from './answers.ts';

/** What callers lived through, whatever the log says: real time, their own sessions, what they followed, how long it took. */
export class Callers {
  private readonly e: Evidence;
  private readonly blame: Blame;

  constructor(evidence: Evidence, blame: Blame) {
    this.e = evidence;
    this.blame = blame;
  }

  /** I7: what began after another had ended is not placed before it. */
  realTime(answers: readonly Answer[]): void {
    // A server that says it cannot tell, or serves another log, says nothing of the state; a local copy may be old.
    const done = answers.filter(
      ({ exchange, index, status, body }) =>
        exchange.completed !== null &&
        index !== null &&
        status < 500 &&
        body?.code !== 'history-changed' &&
        !exchange.request.path.includes('consistency=local'),
    );
    // What begins at the very moment at which another ends comes after it here.
    const moment = 1e-6;
    const calls = done.map((answer, line) => ({
      process: answer.exchange.process,
      invokedAt: answer.exchange.invoked + moment,
      completedAt: Math.max(answer.exchange.completed as number, answer.exchange.invoked + moment),
      op: 'read',
      group: '',
      round: null,
      agent: null,
      line,
      response: { index: placeOf(answer) as number },
    }));
    for (const { lines } of checkHistory(calls)) {
      const [ended, began] = lines.map((line) => done[line] as Answer) as [Answer, Answer];
      this.blame(
        'I7',
        `${label(began)} began after ${label(ended)} had ended, and is at ${began.index} before ${ended.index}`,
      );
    }
  }

  /** I10: what one process sees of a round never goes back; I9: a cursor is honoured. */
  sessions(answers: readonly Answer[]): void {
    const seen = new Map<string, { readonly revision: number; readonly state: string }>();
    for (const { exchange, body, status } of answers) {
      if (
        exchange.completed === null ||
        status >= 300 ||
        body === null ||
        !('revision' in body) ||
        !('state' in body)
      )
        continue;
      const { group, round, revision, state } = body as unknown as RoundJson;
      if (group === 'temp') continue;
      const key = `${exchange.process} ${group} ${round}${'fence' in body ? ' claim' : ''}`;
      const last = seen.get(key);
      seen.set(key, { revision, state });
      if (
        last !== undefined &&
        (revision < last.revision || (state === 'WAITING' && last.state !== 'WAITING'))
      )
        this.blame(
          'I10',
          `${exchange.process} saw round ${round} of ${group} at ${last.revision} ${last.state}, then at ${revision} ${state}`,
        );
      this.cursor(exchange, revision, group);
    }
  }

  private cursor(exchange: Exchange, revision: number, group: string): void {
    const { method, path } = exchange.request;
    const query = new URLSearchParams(path.split('?', 2)[1] ?? '');
    const after = query.get('after');
    const wait = Number.parseInt(query.get('wait') ?? '0', 10);
    if (method !== 'GET' || after === null || wait === 0 || revision > Number(after)) return;
    const held = exchange.answeredAt - exchange.arrivedAt;
    // A server that takes its leave, or thinks that the log has not answered for long, lets waiters go.
    const lettingGo = this.e.plan.faults.some(
      (fault) =>
        (fault.kind === 'refuse' || ('server' in fault && fault.server === exchange.server)) &&
        fault.kind !== 'crash' &&
        fault.at <= exchange.answeredAt &&
        fault.at + fault.lasts + 3000 > exchange.arrivedAt,
    );
    if (!lettingGo && held < wait * 0.9)
      this.blame(
        'I9',
        `${exchange.process} asked for news of ${group} after ${after} within ${wait} ms and got ${revision} after ${held} ms`,
      );
  }

  /** I9: who follows a group sees each of its rounds end, once, in order. */
  watchers(): void {
    for (const { process, group, rounds } of this.e.watches) {
      if (group === 'temp') continue;
      // What was let go before it was asked for is passed over.
      const gaps = this.e.plan.groups.some(({ name, settings }) => name === group && 'retention' in settings);
      for (const [i, now] of rounds.entries()) {
        const last = rounds[i - 1];
        if (last === undefined) continue;
        const next = gaps ? now.round > last.round : now.round === last.round + 1;
        const same = now.round === last.round && now.revision > last.revision;
        const follows = last.state === 'WAITING' ? same || (gaps && next) : next;
        if (!follows)
          this.blame(
            'I9',
            `${process} follows ${group}: after round ${last.round} ${last.state} at ${last.revision} came round ${now.round} ${now.state} at ${now.revision}`,
          );
      }
    }
  }

  /** I12: once nothing fails any more, every operation ends in its time. */
  liveness(): void {
    const { ops, plan } = this.e;
    for (const { process, kind, began, ended, allowed } of ops) {
      // Whoever was left without an answer before that may have to wait for its own patience first.
      const patience = began < plan.healAt ? 12_000 : 6000;
      const from = Math.max(began, plan.healAt);
      if (ended === null) this.blame('I12', `${process}: ${kind} has not ended`);
      else if (ended > from + allowed + patience)
        this.blame(
          'I12',
          `${process}: ${kind} began at ${began} and took until ${ended}; it may take ${allowed}`,
        );
    }
  }
}
