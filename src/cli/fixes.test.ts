import { expect, test, vi } from 'vitest';
import { refusal } from '../client/errors.ts';
import { QuorateError } from '../client/index.ts';
import { catalogue } from '../core/errors.ts';
import { complain, explain } from './exit.ts';
import { fixOf, speaksHttp } from './fixes.ts';

test.each(Object.entries(catalogue))(
  'the fix of %s speaks of commands, not of requests',
  (code, { status, title, fix }) => {
    const error = new QuorateError({ code, status, title, detail: 'd', fix, outcome: 'not-executed' });
    expect(fixOf(error)).not.toMatch(speaksHttp);
    expect(fixOf(error), 'a row of its own').not.toBe('quorate --help lists what can be done');
  },
);

test('what is wrong is said once, field by field where there are fields', () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    const errors = [{ field: 'rule.threshold', fields: ['rule.threshold'], fix: 'write a whole number' }];
    const detail = 'rule.threshold: write a whole number';
    complain(
      refusal('http://a', 400, { ...catalogue['invalid-rule'], code: 'invalid-rule', detail, errors }),
      false,
    );
  } finally {
    vi.mocked(process.stderr.write).mockRestore();
  }
  const text = said.join('');
  expect(text.match(/write a whole number/g)).toHaveLength(1);
  expect(text).toContain('fix: change what is listed above');
});

test.each([
  ['invite-used', 'd at 2026-01-01T00:00:00.000Z'],
  ['agent-taken', 'd since 2026-01-01T00:00:00.000Z'],
] as const)('%s says when that was', (code, detail) => {
  const since = '2026-01-01T00:00:00.000Z';
  const error = new QuorateError({ ...catalogue[code], code, detail: 'd', outcome: 'not-executed', since });
  expect(explain(error)).toMatchObject({ detail });
});
