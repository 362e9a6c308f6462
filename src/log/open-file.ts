import { statSync } from 'node:fs';
import { LogFailure } from './log.ts';

/** Tells the file under a path from every other one that was or will be there; null where there is none. */
export function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/** The file of an open log: it may be deleted, moved or replaced, and what is written to it is then lost with it. */
export class OpenFile {
  private readonly path: string;
  private readonly identity: string | null;

  /** To be made while the file is open. */
  constructor(path: string) {
    this.path = path;
    this.identity = identityOf(path);
  }

  /** Why nothing that is written to it can be found again, or null. */
  lost(): LogFailure | null {
    const now = identityOf(this.path);
    if (now === this.identity) return null;
    const became = now === null ? 'is gone' : 'is another file';
    return new LogFailure(
      `${this.path} ${became}: it was moved, deleted or replaced while it was in use; put it back where it was, then start again`,
    );
  }
}
