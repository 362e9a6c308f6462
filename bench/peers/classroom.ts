import { pythonBinary } from '../../test/harness/tools.ts';
import type { Contestant } from '../contestant.ts';
import { pollingClients } from '../rounds/polling.ts';
import { roundsOf } from '../rounds/rounds.ts';
import { startServer } from '../servers/server-process.ts';

/** The classroom's original on the server that Flask comes with. */
export function onFlask(): Promise<Contestant> {
  return classroom(['bench/peers/classroom.py', '0'], /Running on (http:\S+)/);
}

/** The same on gunicorn: one worker, for the state is in its memory, with a thread for each client and connections that are kept. */
export function onGunicorn(): Promise<Contestant> {
  const place = ['--chdir', 'bench/peers', '--bind', '127.0.0.1:0'];
  const args = ['-m', 'gunicorn', '--workers', '1', '--threads', '4', ...place, 'classroom:app'];
  return classroom(args, /Listening at: (http:\S+)/);
}

async function classroom(args: readonly string[], ready: RegExp): Promise<Contestant> {
  const python = pythonBinary();
  if (python === null) throw new Error('no Python');
  const env = { ...python.env, PYTHONDONTWRITEBYTECODE: '1' };
  const server = await startServer({ command: python.path, args, env, ready });
  return roundsOf(server, pollingClients(server.url));
}
