import { expect, test } from 'vitest';
import { missing, whyNot } from '../disk/tools.ts';
import { lastLine } from './last-line.ts';

const reason = whyNot('a writer killed at each of its system calls', missing('strace'));

test('kill -9 under load, and at one system call after the other: nothing acknowledged is lost [Q8.4]', async () => {
  const points = reason === null ? 20 : 0;
  const result = await lastLine('kill.ts', ['--cycles', '5', '--points', String(points)], 120_000);
  expect(result).toMatchObject({ suite: 'crash', cycles: 5, syscallPoints: points, lost: 0, wrongs: [] });
  expect(result.acked).toBeGreaterThan(0);
}, 130_000);
