import { describe, expect, test } from '@jest/globals';
import { addressProblem, isPublicAddress } from './addresses.ts';

describe('a public internet address', () => {
  test.each(['93.184.215.14', '8.8.8.8', '172.15.255.255', '172.32.0.1', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test.each([
    ['0.0.0.0', 'this host'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'carrier'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local: cloud metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['198.18.0.1', 'benchmarks'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'IPv4 in IPv6'],
    ['::ffff:10.0.0.1', 'IPv4 in IPv6'],
    ['::127.0.0.1', 'IPv4 in IPv6, the deprecated form'],
    ['64:ff9b::10.0.0.1', 'NAT64'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2001:0:7f00:1::', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['not an address', 'nonsense'],
  ])('%s is not public (%s)', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('an endpoint’s address', () => {
  const strict = { isLocal: false, allowedHosts: ['receiver.internal', '10.0.0.5:8443'] };
  const problemOf = (url: string, rules = strict) => addressProblem(new URL(url), rules);

  test.each(['https://example.com/hook?x=1', 'https://8.8.8.8/', 'https://[2606:2800:21f::1]:8443/'])(
    '%s is accepted',
    (url) => expect(problemOf(url)).toBeNull(),
  );

  test.each([
    ['http://example.com/', /HTTPS/],
    ['ftp://example.com/', /HTTPS/],
    ['https://ana:secret@example.com/', /must not contain a user name/],
    ['https://localhost/', /public internet/],
    ['https://LOCALHOST./', /public internet/],
    ['https://api.localhost/', /public internet/],
    ['https://127.1/', /public internet/],
    ['https://0x7f000001/', /public internet/],
    ['https://2130706433/', /public internet/],
    ['https://[::1]/', /public internet/],
    ['https://[::ffff:169.254.169.254]/', /public internet/],
    ['https://10.0.0.5/', /public internet/],
  ])('%s is refused', (url, why) => expect(problemOf(url)).toMatch(why));

  test('hosts allowed by the operator, and any address of a local installation, are accepted', () => {
    expect([problemOf('http://receiver.internal/x'), problemOf('https://10.0.0.5:8443/')]).toEqual([null, null]);
    expect(problemOf('http://127.0.0.1:9/', { isLocal: true, allowedHosts: [] })).toBeNull();
    expect(problemOf('file:///etc/passwd', { isLocal: true, allowedHosts: [] })).toMatch(/HTTPS/);
  });
});
