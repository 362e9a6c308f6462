import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sourcesBehind } from './sources.ts';

/** Where a request comes from, by its connection and headers, given the proxies that are trusted. */
function source(proxies: readonly string[], remoteAddress: string, headers: Record<string, string> = {}) {
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
  return sourcesBehind(proxies).of(request);
}

describe('where a request comes from', () => {
  test('without a proxy: from its connection; this machine is local', () => {
    expect(source([], '127.0.0.1', { host: 'localhost:5000' })).toEqual({
      address: '127.0.0.1',
      local: true,
    });
    expect(source([], '::1')).toMatchObject({ local: true });
    expect(source([], '::ffff:192.0.2.7')).toEqual({ address: '192.0.2.7', local: false });
    expect(source([], '2001:db8::1')).toEqual({ address: '2001:db8:0:0::/64', local: false });
  });

  test.each([
    ['X-Forwarded-For', { 'x-forwarded-for': '192.0.2.1' }],
    ['Forwarded', { forwarded: 'for=192.0.2.1' }],
    ['the name that it passes on', { host: 'vote.example.org' }],
  ])('all callers of a proxy that is not trusted are one, and never local: %s', (_, headers) => {
    expect(source([], '127.0.0.1', headers)).toEqual({ address: '127.0.0.1', local: false });
    expect(source(['192.0.2.0/24'], '127.0.0.1', headers)).toEqual({ address: '127.0.0.1', local: false });
  });

  test.each([
    ['192.0.2.1', { 'x-forwarded-for': '192.0.2.1' }],
    // What a caller claimed itself stands further left.
    ['192.0.2.1', { 'x-forwarded-for': '127.0.0.1, 192.0.2.1' }],
    ['192.0.2.1', { 'x-forwarded-for': '192.0.2.1:4711' }],
    ['192.0.2.1', { 'x-forwarded-for': '198.51.100.9, 192.0.2.1, 10.1.2.3' }],
    ['2001:db8:0:0::/64', { 'x-forwarded-for': '[2001:db8::1]:4711' }],
    ['2001:db8:0:0::/64', { 'x-forwarded-for': '2001:db8::1' }],
    ['192.0.2.1', { forwarded: 'for=198.51.100.9, for="192.0.2.1:80";proto=https;by=10.0.0.1' }],
    ['2001:db8:0:0::/64', { forwarded: 'proto=https; for="[2001:db8::1]:80"' }],
    // Most proxies write the one and pass on the other.
    ['192.0.2.1', { forwarded: 'for=203.0.113.5', 'x-forwarded-for': '192.0.2.1' }],
    ['127.0.0.1', { 'x-forwarded-for': 'unknown' }],
    ['127.0.0.1', { forwarded: 'for=_hidden' }],
    ['127.0.0.1', { forwarded: 'proto=https' }],
    ['127.0.0.1', { 'x-forwarded-for': '' }],
    ['127.0.0.1', { 'x-forwarded-for': '10.0.0.1' }],
    ['127.0.0.9', { 'x-forwarded-for': '127.0.0.9' }],
  ])('behind a trusted one: %s, as the nearest proxy that is trusted says: %j', (address, headers) => {
    const trusted = address.startsWith('127.0.0.9') ? ['127.0.0.1'] : ['loopback', '10.0.0.0/8'];
    expect(source(trusted, '127.0.0.1', headers)).toEqual({ address, local: false });
  });

  test('what a trusted proxy sends of its own is from its address', () => {
    expect(source(['10.0.0.1'], '10.0.0.1')).toEqual({ address: '10.0.0.1', local: false });
    expect(source(['loopback'], '127.0.0.1')).toEqual({ address: '127.0.0.1', local: true });
  });

  test.each(['proxy.example.org', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '', '::1/129', '1.2.3'])(
    '%j is no proxy that could be trusted',
    (text) => {
      expect(() => sourcesBehind([text])).toThrow(
        'write an address, a network such as 10.0.0.0/8, or loopback',
      );
    },
  );
});
