import { isShared, type Log, type RegisteredServer, type Registration, type SharedLog } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { check, same } from './checks.ts';
import { append, pause, text, words } from './steps.ts';

export const serversCases: readonly Case[] = [
  caseOf(
    'servers.list',
    'a server is listed with its latest state hash until it stops',
    async (log, logs) => {
      const one = register(log, 'one', 2);
      const other = register(await logs.join(log), 'other', 1);
      await listed(one, ['one', 'other']);
      same('at first', await infos(other), [info('one', 2, null), info('other', 1, null)]);
      await other.publish(1024, 'beef');
      await one.publish(1024, 'cafe');
      await one.publish(2048, 'f00d');
      const [first, second] = [
        info('one', 2, { index: 2048, hash: 'f00d' }),
        info('other', 1, { index: 1024, hash: 'beef' }),
      ];
      same('after both published', await infos(other), [first, second]);
      await one.stop();
      same('after one stopped', await infos(other), [second]);
      await other.stop();
    },
    'join',
  ),
  caseOf(
    'servers.leader',
    'one server leads; when it stops another does',
    async (log, logs) => {
      const one = register(log, 'one');
      await until('the first server leads', () => one.leads);
      const other = register(await logs.join(log), 'other');
      await listed(one, ['one', 'other']);
      same('who leads', [one.leads, other.leads], [true, false]);
      await one.stop();
      same('leads after it stopped', one.leads, false);
      await until('the other server leads', () => other.leads);
      await other.stop();
    },
    'join',
  ),
  caseOf(
    'servers.as-of',
    'an append as of a list goes in only if no server has registered since [Q1.11]',
    async (log, logs) => {
      const first = register(log, 'first');
      await listed(first, ['first']);
      const { asOf } = await first.servers();
      // What it publishes later makes no difference, nor that it leaves.
      await first.publish(1024, 'beef');
      same('the first append', await log.append(text('one'), asOf), { ok: true, index: 1 });
      await first.stop();
      same('the second append', await log.append(text('two'), asOf), { ok: true, index: 2 });

      const second = register(await logs.join(log), 'second');
      await listed(second, ['second']);
      const refused = await log.append(text('three'), asOf);
      check(
        !refused.ok && refused.reason === 'newcomers',
        `the append is refused: ${JSON.stringify(refused)}`,
      );
      check(!refused.ok && refused.detail.includes('second'), 'the newcomer is named');
      same('head', await log.head(), 2);
      const now = await second.servers();
      same('as of now', await log.append(text('four'), now.asOf), { ok: true, index: 3 });
      same('without asOf', await append(log, text('five')), 4);
      same('entries', await words(log, 1, 4), ['one', 'two', 'four', 'five']);
      await second.stop();
    },
    'join',
  ),
];

function register(log: Log, server: string, supported = 1): Registration {
  check(isShared(log), 'a log that others can join says that it is not exclusive');
  return (log as SharedLog).register({ server, clock: `clock of ${server}`, supported });
}

function info(server: string, supported: number, stateHash: RegisteredServer['stateHash']): RegisteredServer {
  return { server, clock: `clock of ${server}`, supported, stateHash };
}

/** The servers as this one sees them, by name. */
async function infos(one: Registration): Promise<RegisteredServer[]> {
  const { servers } = await one.servers();
  return [...servers].sort((a, b) => (a.server < b.server ? -1 : 1));
}

/** Resolves once exactly these servers are listed. */
function listed(one: Registration, names: readonly string[]): Promise<void> {
  return until(`${names.join(', ')} are listed`, async () => {
    const found = (await infos(one)).map(({ server }) => server);
    return found.join() === names.join();
  });
}

/** A case ends by itself when it takes too long. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await pause(25);
  }
  check(false, `${what} within 10 s`);
}
