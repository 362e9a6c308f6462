import { describe, expect, test } from 'vitest';
import { conform } from '../../test/harness/log-conformance.ts';
import { memoryLog } from './memory.ts';

describe('memory log', () => {
  conform({ name: 'memory', open: async () => memoryLog(), reopen: null, join: null });

  test('says that it keeps nothing', () => {
    expect(memoryLog().info).toMatchObject({ kind: 'memory', durability: 'none', exclusive: true });
  });
});
