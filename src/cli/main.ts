import { outputIsClosed } from './interrupt.ts';
import { run } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exit(70);
  // `quorate watch g | head` closes the pipe early, which is not an error; nor does it make good what has failed.
  if (!outputIsClosed()) process.exit(process.exitCode ?? 0);
});

// When nobody reads standard error any more, the command still does its work.
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2));
