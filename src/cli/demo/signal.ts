const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Aborts `ending` at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function onSignal(ending: AbortController) {
  const interrupted = { code: null as number | null, forget: () => {} };
  const stop = (name: keyof typeof signalCodes) => {
    interrupted.forget();
    interrupted.code = signalCodes[name];
    ending.abort(new Error(name));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  interrupted.forget = () => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  };
  return interrupted;
}
