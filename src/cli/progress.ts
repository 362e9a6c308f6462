const quietMs = 1000;

/**
 * Awaits `work` and says on stderr what it waits for, once that takes a second. On a terminal the line counts the seconds
 * and disappears at the end.
 */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const { stderr } = process;
  let seconds = 0;
  const tick = setInterval(() => {
    seconds += 1;
    if (stderr.isTTY) stderr.write(`\r\u001b[K${what} ... ${seconds} s`);
    else if (seconds === 1) stderr.write(`${what} ...\n`);
  }, quietMs);
  try {
    return await work;
  } finally {
    clearInterval(tick);
    if (stderr.isTTY && seconds > 0) stderr.write('\r\u001b[K');
  }
}
