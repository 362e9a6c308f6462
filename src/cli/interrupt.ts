const events: NodeJS.EventEmitter = process;
const closed = Symbol('nobody reads the output any more');

/** Tells the command that nobody reads its output any more; returns false where none has something to end first. */
export function outputIsClosed(): boolean {
  return events.emit(closed);
}

const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work` with an AbortSignal that the first Ctrl-C, SIGTERM or closing of the terminal aborts, so that the agent can
 * leave its group; and so does the end of who reads the output. The process then ends with 130, 143 or 129, or with 0. A second
 * signal ends it at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let code: number | null = null;
  const stop = (name: keyof typeof signalCodes): void => {
    if (code !== null) process.exit(code);
    code = signalCodes[name];
    control.abort(new Error(name));
  };
  const outputClosed = (): void => {
    code ??= 0;
    control.abort(new Error('nobody reads the output any more'));
  };
  const signals = Object.keys(signalCodes) as (keyof typeof signalCodes)[];
  for (const name of signals) process.on(name, stop);
  events.on(closed, outputClosed);
  try {
    const done = await work(control.signal);
    if (code !== null) process.exit(code);
    return done;
  } catch (error) {
    if (code !== null) process.exit(code);
    throw error;
  } finally {
    for (const name of signals) process.removeListener(name, stop);
    events.removeListener(closed, outputClosed);
  }
}
