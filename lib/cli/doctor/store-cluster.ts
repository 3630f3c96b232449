import { doctorKey } from '../../core/claims/claim-key.js';
import type { RedisConnection } from '../../core/redis/redis-connection.js';
import type { RedisInfo } from '../../core/redis/redis-readings.js';
import { tryScripts } from '../../core/redis/redis-rights.js';
import { listed } from '../../core/errors/shown.js';
import { newJobId } from '../../core/wire/job-id.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { refusalOf } from './store-server.js';

const SLOTS = 16_384;
/** More are not asked for. */
const MOST_TUBES = 200;

/** Whether all slots have a master. */
export function findSlots(info: RedisInfo, findings: Findings): void {
  const [state, served] = [info.field('cluster_state'), info.count('cluster_slots_ok')];
  findings.ok('answers', `${info.count('cluster_size') ?? 'unknown'} masters`);
  findings.rate('slots', state === 'ok' && served === SLOTS, {
    ok: `all ${SLOTS} have a master`,
    error: `its state is ${state ?? 'not known'}, and ${served ?? 'not all'} of ${SLOTS} slots have a master`,
    todo: 'Bring masters back, or fail over. Jobs of tubes in the other slots do not start',
  });
}

/** Whether the slots of the tubes answer. */
export async function findTubes(
  connection: RedisConnection,
  tubes: readonly string[],
  findings: Findings,
  { clock, signal }: ServerSetting,
): Promise<void> {
  const check = 'tubes';
  const asked = tubes.slice(0, MOST_TUBES);
  if (asked.length === 0 || signal.aborted) {
    findings.unknown(check, 'no tube was named, and no node listed one');
    return;
  }
  const faults = new Map<string, string[]>();
  await Promise.all(
    asked.map(async (tube) => {
      try {
        await tryScripts(connection, doctorKey(tube, newJobId()), clock);
      } catch (error) {
        const text = refusalOf(error);
        faults.set(text, [...(faults.get(text) ?? []), tube]);
      }
    }),
  );
  for (const [fault, names] of faults)
    findings.error(check, `scripts of claims fail for ${listed(names)}: ${fault}`, 'Jobs of these tubes do not start');
  if (faults.size === 0) {
    const rest = tubes.length - asked.length;
    const found = `scripts of claims run in the slots of ${asked.length} tubes`;
    if (rest === 0) findings.ok(check, found);
    else findings.unknown(check, `${found}, and ${rest} more were not asked for`, 'Name the others');
  }
}
