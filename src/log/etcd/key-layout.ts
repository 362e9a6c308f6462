const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Fixed width, so that the order of keys is the order of numbers. */
function hex16(number: number): string {
  return number.toString(16).padStart(16, '0');
}

/** The first key after all keys that begin with `prefix`: the end of a range in etcd. */
function after(prefix: string): Uint8Array {
  const bytes = utf8(prefix);
  bytes[bytes.length - 1]! += 1;
  return bytes;
}

/** The keys of one log in etcd. The head and all entries are under `log/`, so that one watch brings both. */
export class KeyLayout {
  readonly root: string;
  /** The identity of the log: see `identity.ts`. */
  readonly meta: Uint8Array;
  /** Written again with every entry: its version in etcd counts the entries, so it is the index. Its value names the last. */
  readonly head: Uint8Array;
  /** Does not exist: deleting it forces a round of consensus. */
  readonly barrier: Uint8Array;
  /** The published checkpoint: see `checkpoints.ts`. */
  readonly checkpoint: Uint8Array;
  /** Exists while a server leads, under its lease. */
  readonly leader: Uint8Array;

  constructor(prefix: string) {
    this.root = `/${prefix}/`;
    this.meta = utf8(`${this.root}meta`);
    this.head = utf8(`${this.root}log/head`);
    this.barrier = utf8(`${this.root}barrier`);
    this.checkpoint = utf8(`${this.root}snap/cur`);
    this.leader = utf8(`${this.root}lead`);
  }

  /** Every entry, and the head. */
  get log(): { key: Uint8Array; rangeEnd: Uint8Array } {
    return { key: utf8(`${this.root}log/`), rangeEnd: after(`${this.root}log/`) };
  }

  /** Counts the entries of a writer: see `writer.ts`. */
  slot(writer: string): Uint8Array {
    return utf8(`${this.root}w/${writer}`);
  }

  /** Entry `number` of a writer; the head's value names it `<writer>/<number>`. */
  entry(writer: string, number: number): Uint8Array {
    return utf8(`${this.root}log/${writer}/${hex16(number)}`);
  }

  chunk(index: number, sha256: string): Uint8Array {
    return utf8(`${this.root}snap/${hex16(index)}/${sha256}`);
  }

  /** Chunks of every checkpoint from index `from` up to and excluding `to`. */
  chunks(from: number, to: number): { key: Uint8Array; rangeEnd: Uint8Array } {
    return {
      key: utf8(`${this.root}snap/${hex16(from)}/`),
      rangeEnd: utf8(`${this.root}snap/${hex16(to)}/`),
    };
  }

  /** What a registered server says about itself, under its lease: see `registration.ts`. */
  server(name: string): Uint8Array {
    return utf8(`${this.root}server/${name}`);
  }

  /** The name of the server whose key this is. */
  serverOf(key: Uint8Array): string {
    return text(key).slice(`${this.root}server/`.length);
  }

  get servers(): { key: Uint8Array; rangeEnd: Uint8Array } {
    return { key: utf8(`${this.root}server/`), rangeEnd: after(`${this.root}server/`) };
  }
}
