const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work` with a signal that the first Ctrl-C or SIGTERM aborts, so that it can take leave; the process then ends
 * with 130 or 143. A second one ends it at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let code: number | null = null;
  const stop = (name: keyof typeof signalCodes): void => {
    if (code !== null) process.exit(code);
    code = signalCodes[name];
    control.abort(new Error(name));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const done = await work(control.signal);
    if (code !== null) process.exit(code);
    return done;
  } catch (error) {
    if (code !== null) process.exit(code);
    throw error;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}
