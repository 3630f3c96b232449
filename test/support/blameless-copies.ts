import { identify } from '../../lib/core/claims/job-identity.js';
import { PROBE_TUBE } from '../../lib/core/wire/tube-name.js';
import type { Beanstalkd } from '../../scripts/servers.mjs';
import { askRedis } from './ask-redis.js';
import { RawClient, type RawJob } from './raw-client.js';

/**
 * Deletes what nobody is to blame for. The probe of a disk stays for a minute when its process was killed. A copy that was acknowledged too
 * late for its handle to name it stays when its job is revoked, until it comes up; a job that still has two was not revoked as it should be.
 */
export async function deleteBlameless(nodes: readonly Beanstalkd[], redisUrl: string): Promise<void> {
  const found: { readonly node: Beanstalkd; readonly tube: string; readonly job: RawJob }[] = [];
  /** A node shows the first of them alone. */
  const crowded = new Set<string>();
  for (const node of nodes) {
    await RawClient.with(node.port, async (client) => {
      for (const tube of await client.listTubes()) {
        const job = await client.peekNext('delayed', tube);
        if (tube === PROBE_TUBE && job !== undefined) await client.delete(job.id);
        else if (job !== undefined) found.push({ node, tube, job });
        if ((await client.copies(tube)).delayed > 1) crowded.add(tube);
      }
    });
  }
  const keys = found.map(({ tube, job }) => keyOf(tube, job));
  for (const [at, { node, tube, job }] of found.entries()) {
    const key = keys[at];
    if (key === undefined || crowded.has(tube) || keys.filter((other) => other === key).length > 1) continue;
    const claim = await askRedis(redisUrl, (redis) => redis.get(key));
    if (claim?.startsWith('dq1:V:')) await RawClient.with(node.port, (client) => client.delete(job.id));
  }
}

/** Of its claim; undefined for what is no job. */
function keyOf(tube: string, { body }: RawJob): string | undefined {
  try {
    return identify(tube, body).key;
  } catch {
    return undefined;
  }
}
