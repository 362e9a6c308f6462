import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import { conform } from '../../../test/harness/log-conformance.ts';
import { openFileLog } from './engine.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-file-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('file log', () => {
  let opened = 0;
  conform({
    name: 'file',
    open: () => openFileLog(join(root, `log-${opened++}`)),
    reopen: (closed) => openFileLog(closed.info.location),
    join: null,
  });
});
