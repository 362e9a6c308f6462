// Runs a driver written in TypeScript, from the checkout: node scripts/run.js test/fuzz/main.ts --seed 1
//
// The oldest Node that we support cannot run TypeScript as it is. So src, bench, site and test are compiled into .cache/run when a
// source has changed; types are looked at by `npm run lint`, not here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = '.cache/run';
const [node = '', , driver = '', ...args] = process.argv;
if (!driver.endsWith('.ts') || !existsSync(join(root, driver))) {
  console.error('usage: node scripts/run.js DRIVER.ts [ARGUMENTS], the path as seen from the checkout');
  process.exit(64);
}
await ensureBuilt(root);
await ensureBuilt(root, [
  {
    config: 'tsconfig.run.json',
    sources: ['src', 'bench', 'site', 'test'],
    except: 'src/web',
    // For the version of the package.
    copies: ['package.json'],
    folder,
    stamp: '.cache/ran',
  },
]);

const compiled = join(root, folder, driver.replace(/\.ts$/, '.js'));
process.chdir(root);
process.argv = [node, compiled, ...args];
await import(pathToFileURL(compiled).href);
