/** Rejects when `work` takes longer than `ms`. */
export async function within<Result>(what: string, ms: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws unless the engine keeps the promise. */
export function check(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken: ${promise}`);
}

export function same(what: string, found: unknown, expected: unknown): void {
  const [got, wanted] = [canonical(found), canonical(expected)];
  check(got === wanted, `${what}: found ${got.slice(0, 300)}, expected ${wanted.slice(0, 300)}`);
}

/** JSON with keys in order: an engine may give the records of a checkpoint in any. */
function canonical(value: unknown): string {
  const json = JSON.stringify(value, (_, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return json ?? String(value);
}

export function sameBytes(what: string, found: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, index) => found[index] !== byte);
  check(found.length === expected.length, `${what} has ${expected.length} bytes, not ${found.length}`);
  check(at < 0, `${what} differs at byte ${at}`);
}

/** The error that `work` rejects with; throws when it resolves. */
export async function rejects(what: string, work: Promise<unknown>): Promise<unknown> {
  let error: unknown = null;
  await work.catch((reason: unknown) => {
    error = reason;
  });
  check(error !== null, `${what} is refused`);
  return error;
}
