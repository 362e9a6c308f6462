import { run } from './program.ts';

// `quorate watch g | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));

// When nobody reads standard error any more, the command still does its work.
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2));
