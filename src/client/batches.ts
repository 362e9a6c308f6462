import type { Clock } from './time.ts';

/** One line that is to be sent. */
export interface Batched<T> {
  /** Its place among all, from 1. */
  readonly line: number;
  readonly item: T;
}

// A request of a server with the usual limits may have 10,000 lines.
const mostItems = 5000;
// While nothing more comes for this long, what has come is sent.
const lingerMs = 5;

/** The items in batches: as many as one request takes, or as have come when the source makes a pause. */
export async function* batches<T>(
  source: Iterable<T> | AsyncIterable<T>,
  clock: Clock,
): AsyncGenerator<readonly Batched<T>[], void, void> {
  const items = iterate(source);
  let line = 0;
  let batch: Batched<T>[] = [];
  try {
    for (let next = items.next(); ; next = items.next()) {
      let came = next instanceof Promise && batch.length > 0 ? await soon(next, clock) : await next;
      if (came === null) {
        yield batch;
        batch = [];
        came = await next;
      }
      if (came.done === true) break;
      line += 1;
      batch.push({ line, item: came.value });
      if (batch.length < mostItems) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    // Not waited for: a source that never gives its next item never ends either.
    void (async () => items.return?.())().catch(() => {});
  }
}

type Items<T> = {
  next(): IteratorResult<T> | Promise<IteratorResult<T>>;
  return?(): unknown;
};

function iterate<T>(source: Iterable<T> | AsyncIterable<T>): Items<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** What a promise comes to; null when that takes long. */
function soon<T>(promise: Promise<T>, clock: Clock): Promise<T | null> {
  return Promise.race([promise, clock.sleep(lingerMs).then(() => null)]);
}
