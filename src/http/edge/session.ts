import type { Replica } from '../../replica/replica.ts';
import { Problem } from '../problem.ts';
import type { Request } from '../route.ts';

/**
 * Read your writes, on any server: each response names the server's position in the log as `Quorate-Session: <logId>.<index>`, and
 * a request that sends it back is answered by a server that has come at least as far. [Q6.11]
 */
export const sessionHeader = 'quorate-session';

export class Sessions {
  private readonly replica: Replica;
  private readonly logId: string;
  private readonly patience: number;
  private index = -1;
  private text = '';

  /** `patience`: ms that a request waits for this server to come as far as its token. */
  constructor(replica: Replica, logId: string, patience: number) {
    this.replica = replica;
    this.logId = logId;
    this.patience = patience;
  }

  /** The position that this server has applied. */
  get token(): string {
    const { index } = this.replica.state;
    if (index !== this.index) {
      this.index = index;
      this.text = `${this.logId}.${index}`;
    }
    return this.text;
  }

  /** Resolves once this server is as far as the request's token; at once for a request without one. */
  async caughtUp(request: Request): Promise<void> {
    const sent = request.headers[sessionHeader];
    if (sent === undefined) return;
    const [, logId, digits] = /^([\w-]{1,64})\.(\d{1,15})$/.exec(String(sent)) ?? [];
    if (logId === undefined)
      throw new Problem('invalid-request', 'Quorate-Session must be <logId>.<index>, as a response gave it');
    const { index } = this.replica.state;
    if (logId !== this.logId) {
      throw new Problem('history-changed', 'this server serves another log than the one you have seen', {
        index,
      });
    }
    if (await this.replica.progress.reachedWithin(Number(digits), this.patience)) return;
    const now = this.replica.state.index;
    throw new Problem('behind', `this server is at index ${now}, not yet at ${digits}`, { index: now });
  }
}
