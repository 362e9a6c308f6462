import http from 'node:http';
import { expect, test } from 'vitest';
import { ask, read, size, start } from './ask.ts';

/** More than the log takes in time. Floods, slow sockets and thousands of streams are in test/overload. */

test('a queue that is full refuses before it appends, and takes more once it is shorter', async () => {
  const small = await start({ limits: { queuedCommands: 5 } });
  await ask(small, 'PUT', '/v1/groups/g', { body: size(10_000) });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, i) =>
      ask(small, 'PUT', `/v1/groups/g/rounds/1/proposals/a${i}`, { body: { value: 1 }, agent }),
    ),
  );
  const accepted = answers.filter(({ status }) => status === 201).length;
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(read<{ outcome: string }>(answer).outcome).toBe('not-executed');
  }
  expect(accepted).toBeLessThan(400);
  const { present } = read<{ present: number }>(await ask(small, 'GET', '/v1/groups/g/rounds/1'));
  expect(present).toBe(accepted);
  expect(
    (await ask(small, 'PUT', '/v1/groups/g/rounds/1/proposals/later', { body: { value: 1 } })).status,
  ).toBe(201);
  agent.destroy();
  await small.stop();
});
