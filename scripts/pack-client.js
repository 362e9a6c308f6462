// Packs quorate-client: the SDK alone, of the same compiled files as quorate, for who runs no server. Prints the path of the tarball.
//
//   node scripts/pack-client.js [FOLDER]     puts it there; by default into this folder
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleImports, noticesOf } from './bundle.js';
import { ensureBuilt } from './ensure-built.js';
import { reachableFrom } from './imports.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Trusts certificates given to connect({ ca }). Browsers never load it.
const dependencies = { undici: `^${manifest.dependencies.undici}` };

await ensureBuilt();
const staging = mkdtempSync(join(tmpdir(), 'quorate-client-'));
try {
  await fill(staging);
  const folder = resolve(process.argv[2] ?? '.');
  const args = ['pack', '--json', '--silent', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: staging, encoding: 'utf8' }));
  console.log(join(folder, filename));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** @param {string} folder */
async function fill(folder) {
  const code = copied([join(root, 'dist/client/index.js')], folder);
  copied([join(root, 'dist/client/index.d.ts')], folder);
  const packages = await bundleImports(code, dependencies, join(folder, 'dist/vendor'));
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.md'), noticesOf(packages));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(root, 'clients/javascript/README.md'), join(folder, 'README.md'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(described(), null, 2)}\n`);
}

/** Copies what these files need, and returns where it is now. @param {string[]} entries @param {string} folder */
function copied(entries, folder) {
  return [...reachableFrom(entries).files].map((path) => {
    const target = join(folder, relative(root, path));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(path, target);
    return target;
  });
}

/** What the package says of itself: what quorate says, but for what only a server has. */
function described() {
  const { version, keywords, homepage, bugs, repository, license, type, engines, main, types, sideEffects } =
    manifest;
  return {
    name: 'quorate-client',
    version,
    description:
      'The SDK of Quorate alone: propose, agree and talk in groups over plain HTTP, from Node and browsers.',
    ...{ keywords, homepage, bugs, repository, license, type, engines, main, types },
    exports: { '.': { types, default: main }, './package.json': './package.json' },
    files: ['dist', '*.md'],
    sideEffects,
    dependencies,
  };
}
