/** Decides which addresses a user's webhooks may call. A receiver inside our own network would be a way into it. */

import { BlockList, isIP } from 'node:net';

export interface AddressRules {
  /** Whether the installation serves only its own operator. Then any address is allowed, including plain HTTP. */
  readonly isLocal: boolean;
  /** Hosts, or hosts with a port, that the operator allows. */
  readonly allowedHosts: readonly string[];
}

/** IANA's special-purpose addresses for IPv4. IPv6 forms of these addresses are covered as well. */
const special = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(net, prefix, 'ipv4');
}
/** Ranges within the only globally routed IPv6 block that are not plain hosts: tunnels into IPv4, documentation. */
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(net, prefix, 'ipv6');
}
const routed = new BlockList();
routed.addSubnet('2000::', 3, 'ipv6');

/** Whether it is a public internet address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && routed.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/**
 * @returns what is wrong with an endpoint's URL, for its owner, or null. The addresses to which its name resolves are
 * checked when it is called
 */
export function addressProblem(url: URL, rules: AddressRules): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an HTTPS URL';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (isTrusted(url, rules)) return null;
  if (url.protocol !== 'https:') return 'must be an HTTPS URL';
  const host = hostOf(url);
  const isInside = host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && !isPublicAddress(host));
  return isInside ? 'must be reachable on the public internet' : null;
}

/** Whether the URL may be called whatever its name resolves to. */
export function isTrusted(url: URL, { isLocal, allowedHosts }: AddressRules): boolean {
  return isLocal || allowedHosts.includes(hostOf(url)) || allowedHosts.includes(`${hostOf(url)}:${portOf(url)}`);
}

/** The host name without the brackets of IPv6 and the trailing dot of a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}
