import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where etcd is, or null when this machine has none and the suites that need it are skipped, with a
 * line that says so. Throws where a skip would hide a gap: in CI and for root, for whom
 * `scripts/test-tools.js` fetches it.
 */
export function etcdBinary(): string | null {
  const cached = fileURLToPath(new URL('../.cache/tools/usr/bin/etcd', import.meta.url));
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const named = process.env.ETCD_BIN;
  const candidates = named
    ? [named]
    : [...onPath.map((folder) => join(folder, 'etcd')), '/usr/bin/etcd', cached];
  const found = candidates.find(executable);
  if (found) return found;
  const advice = 'no etcd: run "node scripts/test-tools.js" or set ETCD_BIN';
  if (process.env.CI || process.getuid?.() === 0) throw new Error(advice);
  console.error(`!!!! SKIPPED: the suites on a real etcd: ${advice}`);
  return null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
