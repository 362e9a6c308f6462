import { userInfo } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { dataPath } from '../server/server.ts';
import { expandHome, homeDirectory } from './home.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  userInfo: vi.fn(() => ({ homedir: '/home/of-the-system' })),
}));
afterEach(() => vi.unstubAllEnvs());

test('the home directory is HOME, else what the system says; an empty HOME is unset', () => {
  vi.stubEnv('HOME', '/home/ann');
  expect(homeDirectory()).toBe('/home/ann');
  vi.stubEnv('HOME', '');
  expect(homeDirectory()).toBe('/home/of-the-system');
});

test('without HOME and without a user in the system, the message says what to name', () => {
  vi.stubEnv('HOME', undefined);
  vi.stubEnv('XDG_DATA_HOME', undefined);
  vi.mocked(userInfo).mockImplementation(() => {
    throw new Error('ENOENT: no such user');
  });
  expect(homeDirectory()).toBeNull();
  expect(() => dataPath(undefined)).toThrow('there is no home directory to keep the log in');
  expect(() => expandHome('~/log')).toThrow('~/log: no home directory is known');
  expect(dataPath('/var/lib/quorate')).toBe('/var/lib/quorate');
});
