import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Command, encodeCommand, encodeEntry, entryVersion } from '../../src/core/entry.ts';
import { snapshotVersion } from '../../src/core/snapshot/header.ts';
import { openFileLog } from '../../src/log/file/engine.ts';
import type { CheckpointRecord } from '../../src/log/log.ts';
import { quorate, startServer, temporaryFolder } from '../harness/server.ts';
import { writeSampleLog } from './sample-log.ts';

/** What this release does with a log that a newer one has written, and with one of an older one. */

let path: string;
let data: string;
let remove: () => void;
beforeEach(() => {
  ({ path, remove } = temporaryFolder());
  data = join(path, 'data');
});
afterEach(() => remove());

const header = { writer: 'newer', server: 's', time: 0, reckoned: 0, alone: true, seed: 1 };
const activated = (version: number): Command => ({ type: 'activate', version });

/** Appends entries as another release would, each with one command. */
async function append(entries: readonly { readonly version: number; readonly command: Command }[]) {
  const log = await openFileLog(data, { minFreeBytes: 0 });
  for (const [i, { version, command }] of entries.entries())
    await log.append(encodeEntry({ ...header, version, serial: i + 1 }, [encodeCommand(command)]));
  return log;
}

/** Publishes a checkpoint at the end of the log that is like the last one, but for what `change` makes of its records. */
async function publish(change: (record: CheckpointRecord, index: number) => Buffer): Promise<void> {
  const log = await append([{ version: 1, command: { type: 'tick' } }]);
  const index = await log.head();
  const records: CheckpointRecord[] = [];
  for await (const record of (await log.restore())?.records ?? [])
    records.push({ key: record.key, bytes: change(record, index) });
  await log.checkpoint({
    ...{ index, full: true },
    records: (async function* () {
      yield records;
    })(),
  });
  await log.close();
}

/** The state's own record as another release would have written it at entry `index`. */
function globals({ bytes }: CheckpointRecord, index: number, record: number, active: number): Buffer {
  const members = JSON.parse(Buffer.from(bytes as Uint8Array).toString()) as unknown[];
  return Buffer.from(JSON.stringify([record, index, ...members.slice(2, 6), active, ...members.slice(7)]));
}

const asItIs = ({ bytes }: CheckpointRecord): Buffer => Buffer.from(bytes as Uint8Array);

const written: readonly [string, () => Promise<void>][] = [
  [
    'begins a newer version of entries',
    async () => (await append([{ version: 1, command: activated(entryVersion + 1) }])).close(),
  ],
  [
    'holds an entry of a newer version',
    async () => (await append([{ version: entryVersion + 1, command: { type: 'tick' } }])).close(),
  ],
  [
    'has a checkpoint behind which a newer version is active',
    () =>
      publish((record, index) =>
        record.key === 'globals' ? globals(record, index, snapshotVersion, entryVersion + 1) : asItIs(record),
      ),
  ],
  [
    // The checkpoint before it could be read, and is not taken: this release would put its own in the place of the newer one.
    'has a checkpoint of a newer version',
    () =>
      publish((record, index) =>
        record.key === 'globals' ? globals(record, index, snapshotVersion + 1, 1) : asItIs(record),
      ),
  ],
];

describe('a log that a newer release wrote, which', () => {
  test.each(written)('%s is left as it is by everything, and each says what to do', async (_, write) => {
    await writeSampleLog(data, 40);
    await write();
    const before = await exported('before');
    for (const [command, code] of [
      [['server', '--port', '0', '--data', data], 1],
      [['verify', data], 70],
      [['doctor', '--port', '0', '--data', data], 1],
    ] as const) {
      const refused = await quorate(command, 60_000);
      const said = refused.stdout + refused.stderr;
      expect({ code: refused.code, said }).toMatchObject({ code });
      expect(said).toMatch(/understands \d/);
      expect(said).toContain('run the release that wrote it, or a later one');
      expect(said, 'a restore would lose what came since the backup').not.toContain(
        'restore the latest export',
      );
      expect(said).not.toMatch(/^\s+at /m);
    }
    expect(await exported('after')).toEqual(before);
  });
});

/** All that the log holds, as an export has it. */
async function exported(name: string): Promise<string[]> {
  const file = join(path, `${name}.jsonl`);
  expect(await quorate(['export', data, file])).toMatchObject({ code: 0 });
  const [first, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { made, ...head } = JSON.parse(first as string);
  // The last line has the hash of all, the time included.
  return [JSON.stringify(head), ...lines.slice(0, -1)];
}

test('an export by a newer release is refused, and nothing is made of it', async () => {
  await writeSampleLog(data, 40);
  const file = join(path, 'backup.jsonl');
  expect(await quorate(['export', data, file])).toMatchObject({ code: 0 });
  writeFileSync(file, readFileSync(file, 'utf8').replace('"version":1', '"version":2'));
  const refused = await quorate(['restore', file, join(path, 'restored')]);
  expect(refused).toMatchObject({ code: 70 });
  expect(refused.stderr).toContain('run the release that wrote it, or a later one');
});

describe('doctor says of an upgrade', () => {
  const upgrade = async () => {
    const looked = await quorate(['doctor', '--port', '0', '--data', data, '--json']);
    const { findings } = JSON.parse(looked.stdout) as { findings: { check: string }[] };
    return { code: looked.code, upgrade: findings.find(({ check }) => check === 'upgrade') };
  };

  test('what a server of this release would change, and to back up first; then that nothing changes any more', async () => {
    // An entry of version 1 alone, and a checkpoint as the release before wrote it.
    await writeSampleLog(data, 40);
    await publish((record, index) =>
      record.key === 'globals' ? globals(record, index, snapshotVersion - 1, 1) : asItIs(record),
    );
    expect(await upgrade()).toMatchObject({
      code: 0,
      upgrade: {
        verdict: 'doubtful',
        says: expect.stringMatching(
          `would write entries of version ${entryVersion} \\(now 1\\) and checkpoints of version ${snapshotVersion} \\(now ${snapshotVersion - 1}\\)`,
        ),
        fix: expect.stringContaining(`quorate export ${data} FILE`),
      },
    });
    const server = await startServer(['--data', data]);
    const { logVersion } = (await (await fetch(`${server.url}/v1/info`)).json()) as { logVersion: object };
    expect(logVersion).toEqual({ active: entryVersion, supported: entryVersion });
    await server.stop();
    expect((await upgrade()).upgrade).toMatchObject({
      says: expect.stringContaining(`would write checkpoints of version ${snapshotVersion}`),
    });
  });

  test('that nothing changes for a log of its own', async () => {
    const server = await startServer(['--data', data]);
    await server.stop();
    expect(await upgrade()).toMatchObject({ code: 0, upgrade: { verdict: 'good', fix: '' } });
  });
});
