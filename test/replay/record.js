import { runnerImport } from 'vite';

// Records the log of a release: node test/replay/record.js 1.2.3
const [, , release = ''] = process.argv;
if (!/^\d+\.\d+\.\d+$/.test(release)) throw new Error('usage: node test/replay/record.js 1.2.3');
const { module } = await runnerImport(new URL('record.ts', import.meta.url).pathname);
module.record(release);
