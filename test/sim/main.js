// Compiles the simulator and what it runs into .cache/sim when that is missing or older, then runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['src', 'test/sim', 'test/check', 'test/model', 'test/judge', 'test/harness'];

function newest(folder) {
  let time = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return time;
}

// Each build has a folder named after the sources' time, and is renamed into place whole: nobody runs half a build.
function compiled() {
  const cache = join(root, '.cache', 'sim');
  const stamp = Math.max(...sources.map((folder) => newest(join(root, folder))));
  const build = join(cache, String(Math.floor(stamp)));
  if (existsSync(build)) return build;
  const fresh = join(cache, `building-${process.pid}`);
  mkdirSync(cache, { recursive: true });
  const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
  const args = [join(dirname(manifest), 'bin', 'tsc'), '-p', 'test/sim/tsconfig.json', '--outDir', fresh];
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  if (done.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`the simulator does not compile:\n${done.stdout ?? ''}${done.stderr ?? ''}`);
  }
  for (const old of readdirSync(cache)) {
    if (!old.startsWith('building-')) rmSync(join(cache, old), { recursive: true, force: true });
  }
  if (!existsSync(build)) renameSync(fresh, build);
  return build;
}

const { main } = await import(pathToFileURL(join(compiled(), 'test', 'sim', 'sim.js')).href);
process.exitCode = await main(process.argv.slice(2), root);
