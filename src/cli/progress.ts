const quietMs = 1000;

/**
 * Says on stderr what is being waited for once it has taken a second: on a terminal a line that counts the seconds and
 * goes away, elsewhere one line.
 */
export async function patiently<T>(what: string, work: Promise<T>): Promise<T> {
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
