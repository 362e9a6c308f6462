import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LogFailure } from './log.ts';

/** How to go on with a log that an earlier version kept in LMDB. */
export const wayFromFormer =
  'run "quorate export" of the version that wrote it, then "quorate restore" of this one into an empty directory';

/** Throws `LogFailure`, with the fix, where such a log is in `dir`. */
export function refuseFormer(dir: string): void {
  if (!existsSync(join(dir, 'data.mdb'))) return;
  throw Object.assign(
    new LogFailure(`${dir} holds a log in LMDB, which only the versions before this one read`),
    { fix: wayFromFormer },
  );
}
