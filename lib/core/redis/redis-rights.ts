import type { Clock } from '../base/clock.js';
import { newJobId } from '../wire/job-id.js';
import type { RedisConnection } from './redis-connection.js';
import { readFault, RIGHTS, type RedisFault } from './redis-fault.js';
import { RedisScripts } from './redis-scripts.js';
import { TRY_RIGHTS } from './scripts/try-rights.js';

/** What a user of Redis may not do. A command that is renamed counts as missing. */
export interface MissingRights {
  /** Commands, in small letters, that claims need. */
  readonly claims: readonly string[];
  /** Those that tubes with a history need besides. */
  readonly history: readonly string[];
  /** Those that recurring jobs need besides. */
  readonly recurring: readonly string[];
  /** True where the key may not be used. Then commands in scripts were not tried. */
  readonly key: boolean;
  /** Why commands in scripts were not tried; undefined when they were. */
  readonly untried: string | undefined;
}

const CLAIMS = new Set(RIGHTS.replaceAll('+', '').split(' '));
const HISTORY = new Set(['xadd', 'xtrim', 'xrevrange']);
/** In no script table: it has nothing to find. */
const NO_SCRIPT = '0'.repeat(40);
/** What scripts write is gone after that. */
const KEEP_MS = 1;

/**
 * Tries each right by using it, on a key that has to be nobody's. Redis asks what a user may do before it looks at what a command would do, so
 * nothing comes of it but one empty value that is deleted, or gone after a millisecond.
 * @throws DqClaimStoreError when Redis does not answer
 */
export async function tryRights(connection: RedisConnection, key: string): Promise<MissingRights> {
  const { client } = connection;
  const [byName, script] = await connection.call(
    'a look at rights',
    () => Promise.allSettled([client.evalsha(NO_SCRIPT, 1, key), client.eval(TRY_RIGHTS, 1, key, KEEP_MS)]),
    true,
  );
  const faults = new Map<string, RedisFault>();
  if (byName.status === 'rejected') faults.set('evalsha', readFault(byName.reason));
  if (script.status === 'rejected') faults.set('eval', readFault(script.reason));
  else {
    const failed = script.value as readonly string[];
    for (let at = 0; at + 1 < failed.length; at += 2) {
      faults.set(failed[at] as string, readFault(new Error(failed[at + 1])));
    }
  }
  const missing = [...faults].filter(([, fault]) => isRight(fault) && !isKey(fault)).map(([command]) => command);
  return {
    claims: missing.filter((command) => CLAIMS.has(command)),
    history: missing.filter((command) => HISTORY.has(command)),
    recurring: missing.filter((command) => !CLAIMS.has(command) && !HISTORY.has(command)),
    key: [...faults.values()].some((fault) => isRight(fault) && isKey(fault)),
    untried: faults.get('eval')?.text,
  };
}

/** One script of claims, in full, on a key that has to be nobody's. Nothing is left of it. @throws DqClaimStoreError */
export async function tryScripts(connection: RedisConnection, key: string, clock: Clock): Promise<void> {
  await new RedisScripts(connection, clock).call('dqLook', [key], ['', newJobId(), KEEP_MS, 1, 0]);
}

function isRight({ kind }: RedisFault): boolean {
  return kind === 'NOPERM' || kind === 'UNKNOWN';
}

function isKey({ text }: RedisFault): boolean {
  return /\bkeys?\b/i.test(text);
}
