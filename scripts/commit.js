// Writes commit.json into a folder of built files: of which commit they are, for GET /v1/info and /metrics.
//
// A checkout says so itself, with "-dirty" behind it where files have been changed. Where git or the checkout is missing, as in an image
// that is built from an archive, the variable SOURCE_COMMIT may name it; else it is null.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** @param {string} root the checkout @param {string} folder */
export function writeCommit(root, folder) {
  const commit = process.env.SOURCE_COMMIT || commitOf(root);
  writeFileSync(join(folder, 'commit.json'), `${JSON.stringify({ commit })}\n`);
}

/** @param {string} root */
function commitOf(root) {
  // Not that of a checkout around this one, such as that of a project that depends on it.
  const top = git(root, ['rev-parse', '--show-prefix']);
  if (top !== '') return null;
  return git(root, ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']);
}

/** What git says; null where it fails. @param {string} root @param {readonly string[]} args */
function git(root, args) {
  const done = spawnSync('git', args, { cwd: root, encoding: 'utf8', timeout: 10_000 });
  return done.status === 0 ? done.stdout.trim() : null;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  writeCommit(root, join(root, 'dist'));
}
