export interface RandomOptions {
  /** Smallest and largest whole number drawn, both included. */
  readonly min: number;
  readonly max: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/**
 * The classroom's strategy: any whole number from min to max, whatever happened before. It fits `agree` and
 * `classroom` alike. Throws `RangeError` when there is no such number.
 */
export function random({ min, max, random = Math.random }: RandomOptions): () => number {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new RangeError(`random needs whole numbers min <= max, not ${min} and ${max}`);
  }
  return () => min + Math.floor(random() * (max - min + 1));
}
