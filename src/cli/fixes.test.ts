import { expect, test } from 'vitest';
import { QuorateError } from '../client/index.ts';
import { catalogue } from '../core/errors.ts';
import { fixOf, speaksHttp } from './fixes.ts';

test.each(Object.entries(catalogue))(
  'the fix of %s speaks of commands, not of requests',
  (code, { status, title, fix }) => {
    const error = new QuorateError({ code, status, title, detail: 'd', fix, outcome: 'not-executed' });
    expect(fixOf(error)).not.toMatch(speaksHttp);
    expect(fixOf(error), 'a row of its own').not.toBe('quorate --help lists what can be done');
  },
);
