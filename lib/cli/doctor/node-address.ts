import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { textOf } from '../../core/errors/shown.js';
import { inTime } from '../../core/inspector/in-time.js';
import type { Endpoint } from '../../core/wire/endpoint.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';

const CHECK = 'address';

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
  const [first, ...others] = found;
  if (others.length === 0) findings.ok(CHECK, String(first));
  else {
    findings.warn(
      CHECK,
      `its name has ${found.length} addresses: ${found.join(', ')}`,
      'See that all of them are one server: a job is deleted where it was written',
    );
  }
  return found;
}
