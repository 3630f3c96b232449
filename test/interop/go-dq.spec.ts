// Beside Go's dq itself (go-queue v1.2.2): jobs of either side run on the other, once; each respects the other's locks and revokes.
import { describe, expect, it } from '@jest/globals';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { GoDqConsumer, GoDqProducer, hasGoDq } from './go-dq.js';

const JOBS = 20;
const names = Array.from({ length: JOBS }, (_, at) => `job ${at}`);
const bodies = names.map((name) => JSON.stringify(name));

(hasGoDq ? describe : describe.skip)("beside Go's dq", () => {
  const bed = testBed();

  async function goConsumer(tube: string): Promise<GoDqConsumer> {
    const consumer = await GoDqConsumer.start(bed, tube);
    bed.later(() => consumer.stop());
    return consumer;
  }

  function goProducer(tube: string): GoDqProducer {
    const producer = new GoDqProducer(bed, tube);
    bed.later(() => producer.stop());
    return producer;
  }

  function plainApp(tube: string): App {
    return bed.app({ tubes: [{ name: tube, format: 'plain' }] });
  }

  /** Names all copies: a node that took longer than 50 ms is not in the handle. */
  async function handleOfThree(schedule: () => Promise<string>): Promise<string> {
    return until(async () => {
      const handle = await schedule();
      return handle.split(',').length === 4 ? handle : undefined;
    });
  }

  describe('a job of a Go producer', () => {
    it.each(['native', 'plain'] as const)('runs here once and never early: %s', async (format) => {
      const tube = bed.tube();
      const app = bed.app({ tubes: [{ name: tube, format }] }).consume(tube);
      const go = goProducer(tube);
      const asked = Date.now();
      for (const [at, body] of bodies.entries()) {
        if (at % 2 === 0) await go.delay(body, 1_000 + 50 * at);
        else await go.at(body, asked + 2_000 + 50 * at);
      }
      await app.runs.next(JOBS);
      await bed.drained();
      expect(app.runs.all.map(({ data }) => String(data)).toSorted()).toEqual(names.toSorted());
      for (const { atMs, dueMs } of app.runs.all) expect(atMs).toBeGreaterThanOrEqual(dueMs);
    });
  });

  describe('a job of a plain tube', () => {
    it('runs there once, byte for byte, and in whole seconds never early', async () => {
      const tube = bed.tube();
      const go = await goConsumer(tube);
      const app = bed.app({ tubes: [{ name: tube, format: 'plain', codec: 'raw' }] });
      const dueMs = new Map<string, number>();
      for (const [at, name] of names.entries()) {
        const ms = (at % 3) * 1_000;
        const body = `${name}: ünï \u2028 "quoted"`;
        // Not earlier than that: the clock is looked at again in the call.
        dueMs.set(body, Date.now() + ms);
        await app.producer(tube).delay(body, ms);
      }
      const runs = await go.runs.next(JOBS);
      await bed.drained();
      expect(go.bodies.toSorted()).toEqual([...dueMs.keys()].toSorted());
      for (const { body, atMs } of runs) expect(atMs).toBeGreaterThanOrEqual(dueMs.get(body)!);
    });

    it('runs there as often as it was scheduled, also with the same payload for the same millisecond', async () => {
      const tube = bed.tube();
      const go = await goConsumer(tube);
      const producer = plainApp(tube).producer(tube);
      const dueMs = Date.now() + 1_200;
      await Promise.all([1, 2, 3].map(() => producer.at('same', dueMs)));
      await go.runs.next(3);
      await bed.drained();
      expect(go.bodies).toEqual(['"same"', '"same"', '"same"']);
    });

    it('runs once in all with consumers of both kinds, and this one says so once', async () => {
      const tube = bed.tube();
      const go = await goConsumer(tube);
      const app = plainApp(tube).handle(tube).start();
      await Promise.all(names.map((name) => app.producer(tube).delay(name, 1_000)));
      await until(() => app.runs.all.length + go.runs.all.length === JOBS);
      await bed.drained();
      const ran = [...app.runs.all.map(({ data }) => JSON.stringify(data)), ...go.bodies];
      expect(ran.toSorted()).toEqual(bodies.toSorted());
      expect(app.eventsOf('go-consumer-seen').length).toBeLessThanOrEqual(1);
    });
  });

  describe('the lock of a job', () => {
    it('that ran there keeps it from running here, when a node comes back with a copy', async () => {
      const tube = bed.tube();
      const app = plainApp(tube);
      await Promise.all(names.map((name) => app.producer(tube).delay(name, 1_000)));
      await bed.cluster.node(2).kill();
      const go = await goConsumer(tube);
      await go.runs.next(JOBS);
      await go.stop();
      await bed.cluster.node(2).restart();
      app.handle(tube).start();
      await bed.drained();
      expect(app.runs.all).toEqual([]);
      expect(app.eventsOf('go-consumer-seen')).toEqual([{ type: 'go-consumer-seen', tube }]);
    });

    it('that runs here, or ran here, keeps it from running there', async () => {
      const tube = bed.tube();
      const app = plainApp(tube);
      await Promise.all(names.map((name) => app.producer(tube).delay(name, 1_000)));
      await bed.cluster.node(2).kill();
      const work = new Gate();
      app.handle(tube, (data) => (data === names[0] ? work.opened : undefined), { concurrency: JOBS }).start();
      await app.runs.next(JOBS);
      await bed.cluster.node(2).restart();
      const go = await goConsumer(tube);
      await until(async () => Object.values(await bed.copies(2, tube)).every((count) => count <= 1));
      work.open();
      await bed.drained();
      expect(app.runs.all).toHaveLength(JOBS);
      expect(go.runs.all).toEqual([]);
    });

    it('is not left behind by jobs that are given back: they run there', async () => {
      const tube = bed.tube();
      const work = new Gate();
      const app = bed.app({ tubes: [{ name: tube, format: 'plain' }], shutdownDeadline: 100 });
      app.handle(tube, () => work.opened, { concurrency: JOBS }).start();
      await Promise.all(names.map((name) => app.producer(tube).delay(name, 0)));
      await app.runs.next(JOBS);
      const go = await goConsumer(tube);
      await app.close();
      work.open();
      await bed.drained();
      expect(go.bodies.toSorted()).toEqual(bodies.toSorted());
    });
  });

  describe('a revoke', () => {
    it('here of a job that was scheduled there holds, and so does one of our own', async () => {
      const tube = bed.tube();
      const producer = plainApp(tube).producer(tube);
      const ofGo = await goProducer(tube).delay('"of Go"', 1_000);
      const ours = await producer.delay('ours', 1_000);
      await producer.delay('kept', 1_000);
      expect(await Promise.all([producer.revoke(ofGo), producer.revoke(ours)])).toEqual(['revoked', 'revoked']);
      const go = await goConsumer(tube);
      await go.runs.next();
      await bed.drained();
      expect(go.bodies).toEqual(['"kept"']);
    });

    it('here holds although a node with a copy was away', async () => {
      const tube = bed.tube();
      const producer = plainApp(tube).producer(tube);
      const handles = [await goProducer(tube).delay('"of Go"', 1_000), await producer.delay('ours', 1_000)];
      await producer.delay('kept', 1_000);
      await bed.cluster.node(2).kill();
      for (const handle of handles) expect(await producer.revoke(handle)).toBe('revoked');
      await bed.cluster.node(2).restart();
      const go = await goConsumer(tube);
      await go.runs.next();
      await bed.drained();
      expect(go.bodies).toEqual(['"kept"']);
    });

    it('there of a handle that names all copies holds', async () => {
      const tube = bed.tube();
      const app = plainApp(tube);
      const scheduled: string[] = [];
      const handle = await handleOfThree(async () => {
        const data = `try ${scheduled.push('') - 1}`;
        return (scheduled[scheduled.length - 1] = await app.producer(tube).delay(data, 1_000));
      });
      await goProducer(tube).revoke(handle);
      app.handle(tube).start();
      await bed.drained();
      expect(app.runs.all).toHaveLength(scheduled.length - 1);
    });
  });
});
