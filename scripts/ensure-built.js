// Builds what is missing or older than its sources: dist from src, or what scripts/run.js runs. Says one line while it builds and
// nothing otherwise.
//
// Safe when several processes start at once: one compiles, the others wait for it; and every file is
// renamed into place, so that a process that is running from dist never meets half a file.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeCommit } from './commit.js';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const patienceMs = 120_000;

/**
 * What is built: `config` says how `sources` are compiled into `folder`, by Vite for pages and else by the compiler of TypeScript, and
 * `copies` are put beside. `except` is a folder within the sources that belongs to another target. The time of the file `stamp` is
 * when the last build began.
 *
 * @typedef {{ config: string, sources: string[], except?: string, copies: string[], folder: string, stamp: string }} Target
 */

/** The package. @type {Target} */
const dist = {
  config: 'tsconfig.build.json',
  sources: ['src'],
  except: 'src/web',
  copies: [],
  folder: 'dist',
  stamp: '.cache/built',
};

/** The pages, and what they hold of the other parts. @type {Target} */
const pages = {
  config: 'src/web/vite.config.ts',
  sources: ['src/web', 'src/client', 'src/core', 'src/play'],
  copies: [],
  folder: 'dist/web',
  stamp: '.cache/built-pages',
};

/**
 * Builds these targets, by default the package with its pages. Ends the process with a clear line when a build fails. `root` is the
 * checkout.
 *
 * @param {string} [root]
 * @param {Target[]} [targets]
 */
export async function ensureBuilt(root = checkout, targets = [dist, pages]) {
  for (const target of targets) await ensure(root, target);
}

/** @param {string} root @param {Target} target */
async function ensure(root, target) {
  if (isFresh(root, target)) return;
  try {
    const release = await lock(root);
    try {
      if (!isFresh(root, target)) build(root, target);
    } finally {
      release();
    }
  } catch (error) {
    console.error(`quorate: ${error instanceof Error ? error.message : error}`);
    process.exit(70);
  }
}

/** @param {string} root @param {Target} target */
function isFresh(root, target) {
  const built = existsSync(join(root, target.folder)) ? modified(join(root, target.stamp)) : 0;
  const settings = ['package.json', 'tsconfig.json', target.config].map((name) => modified(join(root, name)));
  const except = target.except === undefined ? '' : join(root, target.except);
  const sources = target.sources.map((folder) => newest(join(root, folder), except));
  return built > Math.max(...settings, ...sources);
}

/** When the file changed last, 0 when there is none. @param {string} path */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * When a source in the folder changed last. A folder's own time counts too: it moves when a file is removed.
 *
 * @param {string} folder
 * @param {string} except
 */
function newest(folder, except) {
  if (folder === except) return 0;
  let time = modified(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(path, except));
    else if (!entry.name.endsWith('.test.ts')) time = Math.max(time, modified(path));
  }
  return time;
}

/** @param {string} root @param {Target} target */
function build(root, target) {
  const started = new Date();
  const fresh = join(root, '.cache', `build-${process.pid}`);
  console.error(`building ${target.folder} (once, about a second) ...`);
  try {
    const args = target.config.startsWith('tsconfig')
      ? compiling(root, target, fresh)
      : bundling(root, fresh);
    const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: patienceMs });
    if (done.status !== 0) {
      throw new Error(
        `the build failed:\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`,
      );
    }
    if (target === dist) writeCommit(root, fresh);
    for (const name of target.copies) copyFileSync(join(root, name), join(fresh, name));
    const installed = install(fresh, join(root, target.folder));
    if (target === pages) removeOthers(join(root, target.folder), installed);
    const stamp = join(root, target.stamp);
    writeFileSync(stamp, '');
    // What was edited while it compiled counts as newer.
    utimesSync(stamp, started, started);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @param {string} root @param {Target} target @param {string} fresh */
function compiling(root, target, fresh) {
  // A name not used yet is for the linter to complain about, not a reason not to run.
  const lenient = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
  return [program(root, 'typescript', 'bin/tsc'), '-p', target.config, '--outDir', fresh, ...lenient];
}

/** @param {string} root @param {string} fresh */
function bundling(root, fresh) {
  return [program(root, 'vite', 'bin/vite.js'), 'build', 'src/web', '--outDir', fresh, '--logLevel', 'warn'];
}

/** The path of a program in a package. @param {string} root @param {string} name @param {string} path */
function program(root, name, path) {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
    return join(dirname(manifest), path);
  } catch {
    throw new Error(`${name} is not installed, and this checkout has to be built: run "npm ci" here first`);
  }
}

/**
 * Renames each file into place; returns their paths there.
 *
 * @param {string} fresh
 * @param {string} folder
 */
function install(fresh, folder) {
  const installed = new Set();
  for (const entry of readdirSync(fresh, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(folder, relative(fresh, join(entry.parentPath, entry.name)));
    mkdirSync(dirname(file), { recursive: true });
    renameSync(join(entry.parentPath, entry.name), file);
    installed.add(file);
  }
  return installed;
}

/**
 * Removes what former builds have left. A server that runs has read all of its pages with the first that it sent, so it misses nothing.
 *
 * @param {string} folder
 * @param {Set<string>} installed
 */
function removeOthers(folder, installed) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !installed.has(file)) rmSync(file, { force: true });
  }
}

/**
 * Waits until no other process builds, and returns what ends the lock. A lock whose process is gone is taken over.
 *
 * @param {string} root
 */
async function lock(root) {
  const path = join(root, '.cache', 'build.lock');
  mkdirSync(dirname(path), { recursive: true });
  for (const end = Date.now() + patienceMs; ; ) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (Date.now() > end) throw new Error(`another build does not end; if none runs, remove ${path}`);
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await sleep(50);
  }
}

/** @param {string} path */
function isAbandoned(path) {
  const age = Date.now() - modified(path);
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Written a moment ago: its maker may not have come to write its id.
    if (pid === 0) return age > 5000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** The code of an error of Node. @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await ensureBuilt();
