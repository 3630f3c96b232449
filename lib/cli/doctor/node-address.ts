import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { textOf } from '../../core/errors/shown.js';
import { inTime } from '../../core/base/in-time.js';
import type { Endpoint } from '../../core/wire/endpoint.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';

/** The addresses of a node's name; undefined where it has none, which is then found. */
export async function resolveNode(
  { host }: Endpoint,
  findings: Findings,
  { clock, ms }: Pick<ServerSetting, 'clock' | 'ms'>,
): Promise<readonly string[] | undefined> {
  if (isIP(host) !== 0) return [host];
  const looking = lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    (error: unknown) => textOf(error),
  );
  const found = await inTime(clock, ms, looking, `no answer within ${ms} ms`);
  if (typeof found === 'string') {
    findings.away(
      `its name has no address: ${found}`,
      'Look for a typo in the name, and at the name servers of this machine',
    );
    return undefined;
  }
  findings.rate('address', found.length === 1, {
    ok: found.join(),
    warn: `its name has ${found.length} addresses: ${found.join(', ')}`,
    todo: 'See that all of them are one server: a job is deleted where it was written',
  });
  return found;
}

/** True for an address that this machine alone reaches. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** True for an address of this machine. */
export function isHere(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address) === true);
}
