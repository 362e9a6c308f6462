import { expect, test } from 'vitest';
import { noMount, whyNot } from '../disk/tools.ts';
import { lastLine } from './last-line.ts';

const reason = whyNot('power cuts', noMount());

// Skipped only without root or a loop device; whyNot has said so.
test.skipIf(reason !== null)(
  'power cuts under load: nothing acknowledged is lost, and writers that do not sync lose something',
  async () => {
    const result = await lastLine('power.ts', ['--cycles', '4', '--controls', '2'], 120_000);
    expect(result).toMatchObject({
      suite: 'powercut',
      cycles: 4,
      controls: 2,
      controlsThatLost: 2,
      lost: 0,
    });
    expect(result.wrongs).toEqual([]);
    expect(result.acked).toBeGreaterThan(0);
  },
  130_000,
);
