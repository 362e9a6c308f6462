import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { isOnLan, lanAddresses, lanNames, listenOn } from './lan.ts';

const at = (address: string, internal = false) =>
  ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;
const lo = [at('127.0.0.1', true), at('::1', true)];

test.each([
  ['Wi-Fi', { lo, wlan0: [at('192.168.1.20'), at('fe80::1'), at('fd00::20')] }, ['192.168.1.20']],
  ['several', { lo, eth0: [at('10.0.0.5')], wlan0: [at('172.31.0.9')] }, ['10.0.0.5', '172.31.0.9']],
  ['containers too', { docker0: [at('172.17.0.1')], eth0: [at('10.1.2.3')] }, ['10.1.2.3', '172.17.0.1']],
  ['a cable without a router', { eth0: [at('169.254.7.7')] }, ['169.254.7.7']],
  ['beside a public address', { eth0: [at('203.0.113.5'), at('192.168.0.2')] }, ['192.168.0.2']],
  ['IPv6 alone', { lo, eth0: [at('fe80::1'), at('fd12::7'), at('2001:db8::7')] }, ['fd12::7']],
])('%s: the private addresses, IPv6 only where there is no other', (_name, interfaces, found) => {
  expect(lanAddresses(interfaces)).toEqual(found);
});

test('the server listens on all addresses of that family, and answers to them and to the name of the machine', () => {
  expect(listenOn(['192.168.1.20'])).toBe('0.0.0.0');
  expect(listenOn(['fd12::7'])).toBe('::');
  expect(lanNames(['192.168.1.20', 'fd12::7'], 'Desk-3')).toEqual([
    '192.168.1.20',
    'fd12::7',
    'Desk-3',
    'Desk-3.local',
  ]);
  expect(lanNames(['10.0.0.5'], 'Ann’s laptop')).toEqual(['10.0.0.5']);
});

test('no network is said, with what to do', () => {
  expect(() => lanAddresses({ lo, wlan0: undefined })).toThrow(/is on no network: join one/);
  expect(() => lanAddresses({ lo, eth0: [at('fe80::1')] })).toThrow(/is on no network/);
});

test('an address that the whole Internet may reach is not taken for a local one', () => {
  expect(() => lanAddresses({ eth0: [at('203.0.113.5')] })).toThrow('--host 203.0.113.5 --insecure-open');
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.20', true],
  ['::ffff:192.168.1.20', true],
  ['fd12::7', true],
  ['203.0.113.5', false],
  ['::ffff:203.0.113.5', false],
  ['2001:db8::7', false],
  ['172.32.0.1', false],
  [undefined, false],
])('a connection to %s comes over the local network: %s', (address, isLocal) => {
  expect(isOnLan(address)).toBe(isLocal);
});
