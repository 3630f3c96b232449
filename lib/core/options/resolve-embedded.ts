import { resolve } from 'node:path';
import { DqOptionsError } from '../errors/argument.errors.js';
import type { Endpoint } from '../wire/endpoint.js';
import { knownKeys, unfit } from './option-checks.js';
import { EMBEDDED_OPTIONS } from './option-names.js';
import type { EmbeddedSettings } from './resolved-options.js';

/** The only node of an embedded queue, as handles, counts and errors name it. Nothing listens there. */
export const EMBEDDED_NODE: Endpoint = Object.freeze({ name: 'embedded', host: 'embedded', port: 0 });

const OF_SERVERS = ['beanstalks', 'redis'] as const;
const OF_ONE_NODE = ['copies', 'minWrites'] as const;

/** What may stand beside `embedded`, as it comes from a caller without types. */
export type MaybeEmbedded = Readonly<
  Partial<Record<'embedded' | (typeof OF_SERVERS)[number] | (typeof OF_ONE_NODE)[number], unknown>>
>;

/**
 * Checks the option `embedded` and what must not stand beside it; undefined when servers are used.
 * @throws DqOptionsError
 */
export function resolveEmbedded(options: MaybeEmbedded): EmbeddedSettings | undefined {
  const { embedded } = options;
  if (embedded === undefined || embedded === false) return undefined;
  for (const name of OF_SERVERS) {
    if (options[name] === undefined) continue;
    throw new DqOptionsError(
      `Expected embedded without ${name}, got both. Leave out ${name} to keep jobs in this process, or embedded to keep them ` +
        'on servers.',
    );
  }
  for (const name of OF_ONE_NODE) {
    if (options[name] === undefined || options[name] === 1) continue;
    throw unfit(name, '1 or left out with embedded, which is one node', options[name], ' Leave it out.');
  }
  if (embedded === true) return Object.freeze({ file: undefined });
  if (typeof embedded !== 'object')
    throw unfit('embedded', "true, false or an object such as { file: '/var/lib/shop/jobs' }", embedded);
  knownKeys(embedded, 'embedded', EMBEDDED_OPTIONS);
  const { file } = embedded as { readonly file?: unknown };
  if (file === undefined) return Object.freeze({ file });
  if (typeof file === 'string' && file.trim() !== '' && !file.includes('\0') && !/[/\\]$/.test(file))
    return Object.freeze({ file: resolve(file) });
  throw unfit('file of embedded', "the path of a file, such as '/var/lib/shop/jobs'", file);
}
