/**
 * The calls that are under way, by session and id: a client of the older version of the protocol cancels one by another request. A
 * session is a random text that the client was given and sends along. Nothing else is kept of it, so any server may take it.
 */
export class Calls {
  private readonly running = new Map<string, AbortController>();

  /** Notes a call until `over` aborts. Its controller is aborted when another request cancels it. */
  note(session: string, id: unknown, call: AbortController, over: AbortSignal): void {
    const key = keyOf(session, id);
    this.running.set(key, call);
    over.addEventListener(
      'abort',
      () => {
        if (this.running.get(key) === call) this.running.delete(key);
      },
      { once: true },
    );
  }

  /** Cancels a call, when it is still under way here. */
  cancel(session: string, id: unknown): void {
    this.running.get(keyOf(session, id))?.abort();
  }
}

function keyOf(session: string, id: unknown): string {
  return `${session}\n${JSON.stringify(id)}`;
}
