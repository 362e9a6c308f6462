import { readFileSync } from 'node:fs';
import { hashOf } from './access.ts';

/** Where the administrator's token comes from: a text, or a file with one in each line. */
export interface AdminTokensFrom {
  readonly token?: string | undefined;
  readonly file?: string | undefined;
}

/** While one token takes the place of another both are valid. */
const most = 2;

/** The tokens of the administrator, by their hashes; none where everybody who can reach the server is trusted. */
export class AdminTokens {
  readonly what = "the administrator's tokens";
  readonly fix =
    'put the token into the file, or the old and the new one in two lines; it is read again by itself';
  private readonly from: AdminTokensFrom;
  private now: readonly string[];

  /** Throws an Error that says what is wrong with the file or with a token, never what the token is. */
  constructor(from: AdminTokensFrom = {}) {
    this.from = from;
    this.now = hashesIn(from);
  }

  get hashes(): readonly string[] {
    return this.now;
  }

  /** Reads the file again; returns whether it holds something new. Throws as the constructor: the old ones stay. */
  reload(): boolean {
    const next = hashesIn(this.from);
    const isNew = next.join() !== this.now.join();
    this.now = next;
    return isNew;
  }

  facts() {
    return { tokens: this.now.length };
  }
}

function hashesIn({ token, file }: AdminTokensFrom): string[] {
  if (file === undefined) return token === undefined ? [] : [checked('the token', token)];
  const lines = textOf(file)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) throw new Error(`${file} holds no token for the administrator`);
  if (lines.length > most)
    throw new Error(`${file} holds ${lines.length} lines: a token, or the old and the new one`);
  return lines.map((line, i) => checked(`line ${i + 1} of ${file}`, line));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the administrator's token cannot be read: ${(error as Error).message}`);
  }
}

/** The hash of a token. Throws for one that is too short to be safe or that a header could not hold. */
function checked(where: string, token: string): string {
  if (/^[\w.~+/=-]{16,512}$/.test(token)) return hashOf(token);
  throw new Error(
    `${where}: the administrator's token must have 16 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =`,
  );
}
