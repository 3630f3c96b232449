import type { Clock } from '../../core/base/clock.js';
import { readFault } from '../../core/redis/redis-fault.js';
import { tryRights, tryScripts } from '../../core/redis/redis-rights.js';
import type { RedisConnection } from '../../core/redis/redis-connection.js';
import type { Findings } from './finding.js';
import { refusalOf } from './store-server.js';

const PLUS = (commands: readonly string[]): string => commands.map((command) => `+${command}`).join(' ');

/** Which rights this user of Redis lacks, by name. */
export async function findRights(connection: RedisConnection, key: string, findings: Findings): Promise<void> {
  const check = 'rights';
  try {
    const { claims, history, recurring, key: refusedKey, untried } = await tryRights(connection, key);
    if (claims.length > 0) {
      findings.error(
        check,
        `its user lacks rights that claims need: ${PLUS(claims)}`,
        `Allow them${untried === undefined ? '' : ', and look again: without +eval the others could not be tried'}`,
      );
    }
    if (refusedKey) {
      findings.error(
        check,
        `its user may not use keys such as ${key}`,
        "Allow ~dq:*, and ~* with tubes of the format 'plain'",
      );
    }
    if (untried !== undefined && claims.length === 0 && !refusedKey) findings.unknown(check, untried);
    if (untried === undefined && claims.length === 0) findings.ok(check, 'all that claims need');
    if (history.length > 0) missing('history', 'tubes with a history', history, findings);
    if (recurring.length > 0) missing('recurring jobs', 'recurring jobs', recurring, findings);
  } catch (error) {
    findings.unknown(check, refusalOf(error));
  }
}

/** A script of claims runs, from the first to the last command. */
export async function findScripts(
  connection: RedisConnection,
  key: string,
  findings: Findings,
  clock: Clock,
): Promise<void> {
  const check = 'scripts';
  try {
    await tryScripts(connection, key, clock);
    findings.ok(check, 'they run');
  } catch (error) {
    const fault = readFault(error instanceof Error && error.cause !== undefined ? error.cause : error);
    const todo = fault.kind === 'NOPERM' ? 'See the rights' : (fault.advice ?? 'Look into the log of Redis');
    findings.error(check, `a script of claims fails: ${fault.text}`, todo);
  }
}

function missing(check: string, what: string, commands: readonly string[], findings: Findings): void {
  const found = `its user lacks rights that ${what} need: ${PLUS(commands)}`;
  findings.warn(check, found, `Allow them where you have ${what}`);
}
