// Which machines a request of ours may go to. An address that somebody else chose (an issuer's metadata, a name server)
// must not lead us into the network we stand in: loopback, private ranges, a cloud's metadata service.
import { BlockList, isIP } from 'node:net';
import { isLoopbackAddress, isLoopbackUrl } from '../http/host.ts';

/**
 * `public`: https to addresses of the public internet. `private`: https to those and to private networks, for a server
 * of the operator's own; never loopback or link-local. `loopback`: this machine only, plain http allowed.
 */
export type Reach = 'public' | 'private' | 'loopback';

/** The reach of a server an operator names: loopback when the name says so, otherwise the public internet. */
export function reachOf(url: URL): Reach {
  return isLoopbackUrl(url) ? 'loopback' : 'public';
}

/** Tells whether a URL may be asked at all; the addresses behind its name are judged when connecting. */
export function mayAsk(url: URL, reach: Reach): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (reach === 'loopback') return isLoopbackUrl(url) && /^https?:$/.test(url.protocol);
  return url.protocol === 'https:' && !isLoopbackUrl(url);
}

/** Tells whether an IP address may be connected to. */
export function mayConnect(address: string, reach: Reach): boolean {
  if (reach === 'loopback') return isLoopbackAddress(address);
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (reach === 'private' && PRIVATE.check(address, family)) return true;
  return (family === 'ipv4' || GLOBAL_6.check(address, family)) && !SPECIAL.check(address, family);
}

/** IPv4 ranges that are not of the public internet (IANA special-purpose registry, multicast, reserved). */
const SPECIAL_4: readonly (readonly [string, number])[] = [
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
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** The same for IPv6, within the global range: protocol assignments with Teredo, documentation, 6to4. */
const SPECIAL_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
/** NAT64 (RFC 6052): an IPv4 address in IPv6 clothes, judged as what it is. */
const NAT64 = '64:ff9b::';

const SPECIAL = new BlockList();
for (const [net, prefix] of SPECIAL_4) {
  SPECIAL.addSubnet(net, prefix, 'ipv4');
  SPECIAL.addSubnet(`${NAT64}${net}`, 96 + prefix, 'ipv6');
}
for (const [net, prefix] of SPECIAL_6) SPECIAL.addSubnet(net, prefix, 'ipv6');

const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet('2000::', 3, 'ipv6');
GLOBAL_6.addSubnet(NAT64, 96, 'ipv6');

const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
