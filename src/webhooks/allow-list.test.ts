import { describe, expect, it } from 'vitest';
import { allowListOf } from './allow-list.ts';

const url = (text: string) => new URL(text);

/** Addresses that mean this machine, its network, or something that is no place on the Internet. */
const special = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd00:ec2::254'],
  'link-local, with the metadata of clouds': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
  'shared by carriers, with metadata too': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  'the host at Azure': ['168.63.129.16', '::ffff:168.63.129.16'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
  broadcast: ['255.255.255.255'],
  reserved: ['240.0.0.1', '192.0.0.1', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1'],
  'IPv4 inside IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
  ],
  'IPv4 behind a translator': [
    '64:ff9b::7f00:1',
    '64:ff9b::127.0.0.1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
  ],
  'documentation, discarded, not given out': [
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '5f00::1',
    '4000::1',
    'e000::1',
  ],
};

describe('the list of where webhooks may go', () => {
  it.each(Object.entries(special))('does not let a listed name stand for what is %s', (_kind, addresses) => {
    const list = allowListOf(['*', 'hooks.example.com']);
    for (const address of addresses)
      expect(list.allowsAddress(address, url('https://hooks.example.com')), address).toBe(false);
  });

  it('lets a name stand for public addresses', () => {
    const list = allowListOf(['hooks.example.com']);
    for (const address of ['1.1.1.1', '93.184.215.14', '::ffff:1.1.1.1', '2606:4700::1111', '2a00:1450::1'])
      expect(list.allowsAddress(address, url('https://hooks.example.com')), address).toBe(true);
    for (const text of ['', 'hooks.example.com', '1.1', '0x7f.1', '1.1.1.1.1', '300.1.1.1'])
      expect(list.allowsAddress(text, url('https://hooks.example.com')), text).toBe(false);
  });

  it('lets a name stand for a private address that is listed itself, or whose network is', () => {
    const list = allowListOf(['hooks.corp', '10.1.0.0/16', '192.168.7.7:8443', '[fd00::/8]:*']);
    expect(list.allowsAddress('10.1.2.3', url('https://hooks.corp'))).toBe(true);
    expect(list.allowsAddress('10.2.2.3', url('https://hooks.corp'))).toBe(false);
    expect(list.allowsAddress('::ffff:10.1.2.3', url('http://hooks.corp'))).toBe(true);
    expect(list.allowsAddress('192.168.7.7', url('https://hooks.corp'))).toBe(false);
    expect(list.allowsAddress('192.168.7.7', url('https://hooks.corp:8443'))).toBe(true);
    expect(list.allowsAddress('fd00::5', url('http://hooks.corp:1234'))).toBe(true);
  });

  const allows = (list: string, text: string) => allowListOf([list]).refusalOfUrl(url(text)) === null;

  it.each([
    ['hooks.example.com', 'https://hooks.example.com/x', true],
    ['hooks.example.com', 'https://HOOKS.example.com./x', true],
    ['hooks.example.com', 'http://hooks.example.com/x', true],
    ['hooks.example.com', 'https://hooks.example.com:8443/x', false],
    ['hooks.example.com', 'https://hooks.example.com:80/x', false],
    ['hooks.example.com:8443', 'https://hooks.example.com:8443/x', true],
    ['hooks.example.com:8443', 'https://hooks.example.com/x', false],
    ['hooks.example.com:443', 'https://hooks.example.com/x', true],
    ['hooks.example.com:*', 'https://hooks.example.com:1/x', true],
    ['hooks.example.com', 'https://evil.hooks.example.com/', false],
    ['hooks.example.com', 'https://hooks.example.com.evil.org/', false],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://evilexample.com/', false],
    ['*', 'https://anything.example/', true],
    ['*', 'https://127.0.0.1/', false],
    ['*', 'https://1.1.1.1/', false],
    ['10.0.0.0/8', 'https://10.200.1.1/', true],
    ['10.0.0.0/8', 'https://11.0.0.1/', false],
    ['10.0.0.0/8:*', 'https://10.200.1.1:99/', true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1:8080', 'http://0x7f.1:8080/', true],
    ['127.0.0.1:8080', 'http://2130706433:8080/', true],
    ['127.0.0.1:8080', 'http://[::ffff:127.0.0.1]:8080/', true],
    ['127.0.0.1:8080', 'http://localhost:8080/', false],
    ['::1', 'http://[::1]/', true],
    ['[::1]:8080', 'http://[::1]:8080/', true],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['a.example,b.example', 'http://b.example', true],
  ])('%s and %s: %s', (list, text, expected) => {
    expect(allows(list, text)).toBe(expected);
  });

  it('says which host and port it lacks', () => {
    expect(allowListOf(['a.example']).refusalOfUrl(url('https://b.example:8443/x?secret=1'))).toBe(
      'b.example with port 8443 is not among what --webhook-allow lists',
    );
  });

  it.each([
    ...[
      '',
      'a.example,',
      'https://a.example',
      'a.example/x',
      'a.example:0',
      'a.example:99999',
      'a b',
      '*.',
      '**',
    ],
    ...[
      '10.0.0.0/33',
      '10.0.0.0/x',
      '1.2.3',
      '2130706433',
      '0x7f.1',
      'a.*.com',
      '[a.example]:1',
      '::1:8080/',
      'fd00::/129',
    ],
  ])('refuses %j as an entry', (text) => {
    expect(() => allowListOf([text])).toThrow('nothing that --webhook-allow could list');
  });
});
