// Builds dist from src when it is missing or older; says one line while it builds and nothing otherwise.
//
// Safe when several processes start at once: one compiles, the others wait for it; and every file is
// renamed into place, so that a process that is running from dist never meets half a file.
import { spawnSync } from 'node:child_process';
import {
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

const checkout = fileURLToPath(new URL('..', import.meta.url));
const patienceMs = 120_000;

/** Ends the process with a clear line when the build fails. `root` is the checkout. */
export async function ensureBuilt(root = checkout) {
  if (isFresh(root)) return;
  try {
    const release = await lock(root);
    try {
      if (!isFresh(root)) build(root);
    } finally {
      release();
    }
  } catch (error) {
    console.error(`quorate: ${error.message}`);
    process.exit(70);
  }
}

function isFresh(root) {
  const built = existsSync(join(root, 'dist', 'cli', 'main.js')) ? modified(stampOf(root)) : 0;
  const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
    modified(join(root, name)),
  );
  return built > Math.max(newest(join(root, 'src')), ...sources);
}

/** Its time is when the last build began. */
function stampOf(root) {
  return join(root, '.cache', 'built');
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// A folder's own time counts too: it moves when a file is removed.
function newest(folder) {
  let time = modified(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(path));
    else if (!entry.name.endsWith('.test.ts')) time = Math.max(time, modified(path));
  }
  return time;
}

function build(root) {
  const started = new Date();
  const fresh = join(root, '.cache', `build-${process.pid}`);
  console.error('building quorate (once, about a second) ...');
  try {
    const tsc = compiler(root);
    // A name not used yet is for the linter to complain about, not a reason not to run.
    const lenient = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh, ...lenient];
    const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: patienceMs });
    if (done.status !== 0) {
      throw new Error(
        `the build failed:\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`,
      );
    }
    install(fresh, join(root, 'dist'));
    writeFileSync(stampOf(root), '');
    // What was edited while it compiled counts as newer.
    utimesSync(stampOf(root), started, started);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function compiler(root) {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin', 'tsc');
  } catch {
    throw new Error(
      'typescript is not installed, and this checkout has to be built: run "npm ci" here first',
    );
  }
}

function install(fresh, dist) {
  for (const entry of readdirSync(fresh, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(dist, relative(fresh, join(entry.parentPath, entry.name)));
    mkdirSync(dirname(file), { recursive: true });
    renameSync(join(entry.parentPath, entry.name), file);
  }
}

/** Waits until no other process builds. A lock whose process is gone is taken over. */
async function lock(root) {
  const path = join(root, '.cache', 'build.lock');
  mkdirSync(dirname(path), { recursive: true });
  for (const end = Date.now() + patienceMs; ; ) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (Date.now() > end) throw new Error(`another build does not end; if none runs, remove ${path}`);
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await sleep(50);
  }
}

function isAbandoned(path) {
  const age = Date.now() - modified(path);
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Written a moment ago: its maker may not have come to write its id.
    if (pid === 0) return age > 5000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await ensureBuilt();
