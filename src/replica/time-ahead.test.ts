import { expect, it } from 'vitest';
import { timeAhead } from './time-ahead.ts';

const here = Date.UTC(2026, 0);
const hour = 3_600_000;

it('log time that is ahead is told with how much it is, and what to do [Q7.10]', () => {
  const said = (ms: number): string => timeAhead(here + ms, here)?.says ?? 'nothing';
  expect([said(5000), said(-hour)]).toEqual(['nothing', 'nothing']);
  expect(said(6000)).toMatch(/^log time is 6 s ahead of this machine's clock: 2026-01-01T00:00:06/);
  expect([said(600_000), said(3 * hour), said(24 * 3650 * hour)]).toEqual([
    expect.stringContaining('10 min ahead'),
    expect.stringContaining('3 h ahead'),
    expect.stringContaining('3650 days ahead'),
  ]);
  expect(timeAhead(here + hour, here)).toMatchObject({
    aheadMs: hour,
    fix: expect.stringContaining('NTP'),
  });
});
