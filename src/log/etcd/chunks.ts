import { type CheckpointRecord, LogFailure } from '../log.ts';

const chunkBytes = 512 * 1024;

/**
 * Packs records into chunks of at most 512 KiB. A record is the length of its key and of its bytes (4 bytes each,
 * big-endian), then both; it may continue in the next chunk.
 */
export async function* pack(
  slices: AsyncIterable<readonly CheckpointRecord[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  for await (const slice of slices) {
    for (const { key, bytes } of slice) {
      if (bytes === null) continue;
      for (let part of [header(key, bytes), Buffer.from(key), bytes]) {
        while (part.length > 0) {
          const taken = part.subarray(0, chunkBytes - used);
          chunk.set(taken, used);
          used += taken.length;
          part = part.subarray(taken.length);
          if (used < chunkBytes) continue;
          yield chunk;
          chunk = Buffer.allocUnsafe(chunkBytes);
          used = 0;
        }
      }
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** The records that `pack` was given. Throws `LogFailure` when the chunks end inside one. */
export async function* unpack(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<CheckpointRecord, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 8) {
      const keyEnd = at + 8 + rest.readUInt32BE(at);
      const end = keyEnd + rest.readUInt32BE(at + 4);
      if (end > rest.length) break;
      yield { key: rest.toString('utf8', at + 8, keyEnd), bytes: new Uint8Array(rest.subarray(keyEnd, end)) };
      at = end;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new LogFailure('etcd: a checkpoint ends inside a record');
}

function header(key: string, bytes: Uint8Array): Uint8Array {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(Buffer.byteLength(key), 0);
  lengths.writeUInt32BE(bytes.length, 4);
  return lengths;
}
