import { statSync } from 'node:fs';
import { LogFailure } from './log.ts';

/** Identity of the file at a path: another file that is put there has another. Null when there is none. */
export function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/** The file of an open log. It may be deleted, moved or replaced meanwhile; what is written to it is then lost. */
export class OpenFile {
  private readonly path: string;
  private readonly identity: string | null;

  /** To be created while the file is open. */
  constructor(path: string) {
    this.path = path;
    this.identity = identityOf(path);
  }

  /** The failure to report when the file is no longer at its path, else null. */
  lost(): LogFailure | null {
    const now = identityOf(this.path);
    if (now === this.identity) return null;
    const became = now === null ? 'is gone' : 'is another file';
    return new LogFailure(
      `${this.path} ${became}: it was moved, deleted or replaced while it was in use; put it back where it was, then start again`,
    );
  }
}
