import { transportOf } from '../../src/client/connect.ts';
import { type ConnectOptions, classroom } from '../../src/client/index.ts';
import type { Transport } from '../../src/client/transport.ts';
import type { Random } from './random.ts';
import { abortError, callLimit, intent, type Of, type Station } from './station.ts';

type ClassroomOp = Of<'post'> | Of<'told'> | Of<'session'> | Of<'classroom'>;

/** What one process does in the classroom. */
export class ClassroomAgent {
  private readonly id: string;
  private readonly s: Station;
  private readonly options: ConnectOptions;
  private readonly random: Random;
  private readonly plain: Transport;
  private keys = 0;

  constructor(id: string, station: Station, options: ConnectOptions, random: Random) {
    this.id = id;
    this.s = station;
    this.options = options;
    this.random = random;
    this.plain = transportOf(options);
  }

  act(op: ClassroomOp): Promise<unknown> {
    switch (op.do) {
      case 'post':
        return this.post(op.number, op.identified);
      case 'told':
        return this.poll(`${this.id}-anonymous`, {});
      case 'session':
        return this.session(op);
      case 'classroom':
        return this.classroom(op);
    }
  }

  /** Posts with a key of its own, which it gives: a server that goes away in between costs nothing. */
  private async post(number: number, identified: boolean): Promise<string> {
    this.keys += 1;
    const key = `${this.id}-${this.keys}`;
    const headers = { 'idempotency-key': key, ...this.identity(identified) };
    this.s.intended.add(intent('default', '*', identified ? this.id : null, number));
    const call = { method: 'POST', path: '/number', headers, body: { number } } as const;
    await this.plain.send({ ...call, deadline: callLimit });
    return key;
  }

  private async poll(id: string, headers: Record<string, string>): Promise<string> {
    const call = { method: 'GET', path: `/state/${id}`, headers, deadline: callLimit } as const;
    return (await this.plain.send<{ state: string }>(call)).body.state;
  }

  private async session({ identified, numbers }: Of<'session'>): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const key = await this.post(numbers[Math.min(turn, numbers.length - 1)] as number, identified);
      let state = 'WAITING';
      while (state === 'WAITING') {
        await this.s.setting.world.sleep(1 + this.random.below(30));
        state = await this.poll(this.id, this.identity(identified));
      }
      if (state !== 'SUCCESS') continue;
      this.s.sessions.push({ process: this.id, key });
      return;
    }
  }

  private async classroom(op: Of<'classroom'>): Promise<void> {
    const control = new AbortController();
    const cancel = this.s.setting.world.after(op.for, () => control.abort(abortError()));
    let turn = 0;
    const draw = (): number => {
      const number = op.numbers[turn % op.numbers.length] as number;
      turn += 1;
      this.s.intended.add(intent('default', '*', this.id, number));
      return number;
    };
    const taking = classroom({ ...this.options, id: this.id, draw, signal: control.signal });
    try {
      for await (const _step of taking);
    } finally {
      cancel();
    }
  }

  private identity(identified: boolean): Record<string, string> {
    return identified ? { 'x-agent-id': this.id } : {};
  }
}
