import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { prometheusBinaries } from '../harness/tools.ts';

/** What operators have of the metrics, on a real server and with the tools of Prometheus. */

const tools = prometheusBinaries();
const data = temporaryFolder();
let server: Server;

beforeAll(async () => {
  server = await startServer(['--data', data.path, '--limit', 'checkpointEntries=20']);
});
afterAll(async () => {
  await server?.kill();
  data.remove();
});

describe.skipIf(tools === null)('metrics', () => {
  test('are what promtool accepts without a complaint', async () => {
    const group = connect({ url: server.url }).group('lunch');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const checked = spawnSync(tools?.promtool ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(checked.stdout + checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });
});
