import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openFilesLimit, tooFewFiles } from './open-files.ts';

test('the limit of open files is the one that the system has', () => {
  const said = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  expect(openFilesLimit()).toBe(said === 'unlimited' ? Infinity : Number(said));
});

test('connections that the system will not give are told', () => {
  expect(tooFewFiles(15_000, 1024)).toMatch(
    /limit is 15000 connections, but this process may open 1024 files/,
  );
  expect(tooFewFiles(0, 1024)).toMatch(/connections are not limited/);
  expect(tooFewFiles(900, 1024)).toBeNull();
  expect(tooFewFiles(0, Infinity)).toBeNull();
  expect(tooFewFiles(15_000, null)).toBeNull();
});
