// Where a Go consumer reads a tube too, dq's promises hold and not these: an operator hears of it once.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { testBed } from '../support/test-bed.js';

const JOBS = 20;
const jobs = Array.from({ length: JOBS }, (_, at) => at);
const bed = testBed();

/** Puts a job of a Go producer on every node, and the lock of a Go consumer that runs it into Redis. */
async function runsThere(tube: string, job: number): Promise<void> {
  const body = `${Date.now()}${String(job).padStart(6, '0')}/${job}`;
  const key = createHash('md5').update(body).digest('hex');
  await bed.redis((redis) => redis.set(key, 'f00dFACEf00dFACE', 'PX', 3_600_500, 'NX'));
  await Promise.all(bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.put(body, { tube, ttr: 5 }))));
}

describe('a Go consumer that has the locks of many jobs', () => {
  it('gives one event and one warning for each tube, with what that means', async () => {
    const tubes = [bed.tube(), bed.tube()];
    const app = bed.app({ tubes: [{ name: tubes[0]!, format: 'plain' }, tubes[1]!] });
    for (const tube of tubes) app.handle(tube);
    await Promise.all(tubes.flatMap((tube) => jobs.map((job) => runsThere(tube, job))));
    app.start();
    await bed.drained();
    expect(app.runs.all).toEqual([]);
    const seen = app.eventsOf('go-consumer-seen');
    expect(seen.map(({ tube }) => tube).toSorted()).toEqual(tubes.toSorted());

    const warnings: string[] = [];
    const logger = { log: () => {}, warn: (line: string) => void warnings.push(line), error: () => {} };
    const log = new DqEventLog(logger);
    for (const event of seen) log.write(event);
    log.flush();
    expect(warnings.toSorted()).toEqual(
      tubes.map((tube) =>
        expect.stringMatching(new RegExp(`Go consumer of dq reads tube ${tube} too.* deletes .* once`)),
      ),
    );
  });

  it('gives no event where there is none (control)', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    app.handle(tube).start();
    await Promise.all(jobs.map((job) => app.producer(tube).delay(job, 0)));
    await app.runs.next(JOBS);
    await bed.drained();
    expect(app.eventsOf('go-consumer-seen')).toEqual([]);
  });
});
