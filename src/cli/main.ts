import { run } from './program.ts';

// `quorate watch g | head` closes the pipe early: that is the reader's right, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));

// Whoever read what is said beside it is gone: what is done matters more.
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2));
