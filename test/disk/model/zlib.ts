import type zlib from 'node:zlib';

type Callback = (error: Error | null, bytes?: Buffer) => void;

/** node:zlib, which does at once what other threads would do. */
export function atOnce(real: typeof zlib): object {
  const call = (work: () => Buffer, callback: Callback): void => {
    try {
      callback(null, work());
    } catch (error) {
      callback(error as Error);
    }
  };
  return {
    ...real,
    deflateRaw: (bytes: Buffer, options: zlib.ZlibOptions, callback: Callback) =>
      call(() => real.deflateRawSync(bytes, options), callback),
    inflateRaw: (bytes: Buffer, options: zlib.ZlibOptions, callback: Callback) =>
      call(() => real.inflateRawSync(bytes, options), callback),
  };
}
