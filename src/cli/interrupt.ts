const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work` with an AbortSignal that the first Ctrl-C, SIGTERM or closing of the terminal aborts, so that the agent can
 * leave its group. The process then ends with 130, 143 or 129. A second signal ends it at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let code: number | null = null;
  const stop = (name: keyof typeof signalCodes): void => {
    if (code !== null) process.exit(code);
    code = signalCodes[name];
    control.abort(new Error(name));
  };
  const signals = Object.keys(signalCodes) as (keyof typeof signalCodes)[];
  for (const name of signals) process.on(name, stop);
  try {
    const done = await work(control.signal);
    if (code !== null) process.exit(code);
    return done;
  } catch (error) {
    if (code !== null) process.exit(code);
    throw error;
  } finally {
    for (const name of signals) process.removeListener(name, stop);
  }
}
