import { expect, test } from 'vitest';
import type { ClaimJson } from '../../client/index.ts';
import { claimText } from '../groups/claims.ts';
import { claimLine, exitCodeIn, resultOf } from './result.ts';

const spent: ClaimJson = {
  group: 'deploy',
  round: 2,
  state: 'spent',
  holder: 'ci/1',
  by: null,
  fence: 7,
  until: null,
  result: resultOf(['/opt/deploy.sh', '--password=x'], 3),
  revision: 5,
  index: 9,
};

test('what is stored of a command is its name and its exit code', () => {
  expect(spent.result).toEqual({ command: 'deploy.sh', exitCode: 3 });
  expect(exitCodeIn(spent.result)).toBe(3);
  expect(claimLine(spent)).toBe('round 2  deploy.sh ended with exit code 3  by ci/1, fence 7');
});

test('what another program has stored tells of no failure', () => {
  for (const result of [null, [3], 'done', { exitCode: 3 }, { command: 'x', exitCode: '3' }])
    expect(exitCodeIn(result)).toBe(0);
  expect(claimLine({ ...spent, result: { version: 3 } })).toContain('done with {"version":3}');
});

test('a name that somebody chose makes no line of its own, which a runner could take for a command', () => {
  const forged = {
    ...spent,
    holder: 'ci\n::error::no',
    result: { command: 'x\n::add-mask::e', exitCode: 0 },
  };
  expect(claimLine(forged)).not.toContain('\n');
  expect(claimText(forged)).not.toContain('\n');
});
