import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { httpConformance } from './http.ts';

const given = process.env.QUORATE_URL;

describe('a server of our own, on disk', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: Server;
  beforeAll(async () => {
    folder = temporaryFolder();
    server = await startServer(['--log', `file:${folder.path}`]);
  });
  afterAll(async () => {
    await server?.kill();
    folder.remove();
  });
  conform(() => server.url);

  test('the server is the one that was started, and has complained of nothing', async () => {
    const { code, signal } = await server.stop();
    expect({ code, signal, stderr: server.stderr() }).toMatchObject({ code: 0, signal: null });
    expect(server.stderr()).not.toMatch(/unhandled|uncaught|TypeError|RangeError/i);
  });
});

if (given !== undefined) describe(`the server at QUORATE_URL ${given}`, () => conform(() => given));

function conform(base: () => string): void {
  for (const { clause, name, run } of httpConformance) {
    test(`${clause}: ${name}`, () => run(base().replace(/\/$/, '')));
  }
}
