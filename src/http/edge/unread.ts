import type { ServerResponse } from 'node:http';
import type { Limits } from './limits.ts';

/** An answer that waits to be read. */
interface Held {
  readonly bytes: number;
  /** Whose share it counts towards, or null. */
  readonly address: string | null;
}

/**
 * Counts the bytes of responses that wait to be read, by address and in all. Beyond a bound the connection whose response has waited
 * longest is cut, so that callers who do not read take no memory from others. A response alone is never over a bound.
 */
export class Unread {
  private readonly limits: Limits;
  private readonly onCut: () => void;
  /** In the order in which they began to wait. */
  private readonly held = new Map<ServerResponse, Held>();
  private readonly byAddress = new Map<string, number>();
  private all = 0;

  constructor(limits: Limits, onCut: () => void = () => undefined) {
    this.limits = limits;
    this.onCut = onCut;
  }

  /** In all, at present. */
  get bytes(): number {
    return this.all;
  }

  /** Watches over what is answered; `address`: whose share it counts towards, or null for nobody's. */
  watch(response: ServerResponse, address: string | null): void {
    // The event after which all of the response is with the socket.
    response.once('prefinish', () => this.add(response, address));
  }

  private add(response: ServerResponse, address: string | null): void {
    const bytes = response.socket?.writableLength ?? 0;
    // Most answers go out at once.
    if (bytes === 0 || this.held.has(response)) return;
    this.held.set(response, { bytes, address });
    this.count(bytes, address);
    response.once('close', () => this.remove(response));
    const { unreadPerAddress, unreadOfAll } = this.limits;
    const ofAddress = (): number => (address === null ? 0 : (this.byAddress.get(address) ?? 0));
    if (unreadPerAddress > 0) this.cutWhile(response, address, () => ofAddress() > unreadPerAddress);
    if (unreadOfAll > 0) this.cutWhile(response, null, () => this.all > unreadOfAll);
  }

  /** Cuts off others than `newest`, of this address only where one is given, the longest waiting first. */
  private cutWhile(newest: ServerResponse, address: string | null, isOver: () => boolean): void {
    if (!isOver()) return;
    for (const [response, held] of this.held) {
      if (response === newest || !isOver()) return;
      if (address !== null && held.address !== address) continue;
      this.remove(response);
      this.onCut();
      response.socket?.destroy();
    }
  }

  private remove(response: ServerResponse): void {
    const held = this.held.get(response);
    if (held === undefined) return;
    this.held.delete(response);
    this.count(-held.bytes, held.address);
  }

  private count(bytes: number, address: string | null): void {
    this.all += bytes;
    if (address === null) return;
    const now = (this.byAddress.get(address) ?? 0) + bytes;
    if (now > 0) this.byAddress.set(address, now);
    else this.byAddress.delete(address);
  }
}
