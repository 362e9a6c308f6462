import { serve } from '../../src/serve.ts';
import { offerInstruments } from './instruments.ts';

/** A server as users run it, on a free port with the log given. Prints its URL. */
offerInstruments();
const server = await serve({ port: 0, log: process.argv[2] ?? 'memory:' });
process.stdout.write(`${server.url}\n`);
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
