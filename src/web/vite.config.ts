import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { wordsByPage } from './words-by-page.ts';

/** Puts each file beside itself once more, packed, so that no server packs while somebody waits. */
const packed: Plugin = {
  name: 'packed',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const content = file.type === 'chunk' ? file.code : file.source;
        this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(content, { level: 9 }) });
      }
    },
  },
};

// As they stand in addresses: / is index.html, /new is new.html, /g/lunch is g/group.html, /g/lunch/vote is g/group/vote.html.
const shells = [
  'index.html',
  'new.html',
  'play.html',
  'cluster.html',
  'g/group.html',
  'g/group/vote.html',
].map((page) => `${import.meta.dirname}/${page}`);

/** What all pages have in common: smaller packed as one. Nothing of it may choose a language, because it waits for that. */
const shared = {
  name: 'shared',
  test: /(?<!words\/[^/]+|store|place|preload-helper)\.m?[jt]sx?$/,
  minShareCount: 6,
  includeDependenciesRecursively: false,
};

export default defineConfig({
  root: import.meta.dirname,
  // A page finds its files from its own address, so that all work below any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // Whose code the pages hold: scripts/finish-dist.js puts it with that of others.
    license: { fileName: 'licences.md' },
    target: 'es2022',
    // Scripts that are written into pages would break the policy of the pages.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: shells,
      // A language is cut by wordsByPage to `en.ts?page=...`.
      output: {
        chunkFileNames: ({ name }) => `assets/${name.replace(/\.ts.*/, '')}-[hash].js`,
        codeSplitting: { groups: [shared] },
      },
    },
  },
  plugins: [wordsByPage(shells), packed],
});
