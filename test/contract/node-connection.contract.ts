// Reservations, connections and statistics of a node.
import { describe, expect, it } from '@jest/globals';
import type { Reply } from '../../lib/core/cluster/node-connection.js';
import { until } from '../support/wait.js';
import { newTube, type NodeLab } from './node-lab.js';

export function connectionRules(lab: NodeLab): void {
  describe('a reservation', () => {
    it('ends when its time is over: the next to ask gets the job, and the old holder is not known any more', async () => {
      const tube = newTube();
      const [slow, next] = [await lab.dial(tube), await lab.dial(tube)];
      const number = await slow.put(tube, 'slow', { ttrSeconds: 1 });
      await slow.reserve();
      expect(await next.reserve()).toBe('TIMED_OUT');
      await lab.fixture.pass(1_100);
      // beanstalkd may look a moment too early, and then looks again only when that connection speaks.
      await slow.expect('NOT_FOUND', (node, done) => node.peek(4_000_000_000, done));
      expect(await next.reserve(10)).toBe('slow');
      await slow.expect('NOT_FOUND', (node, done) => node.touch(number, done));
      await slow.expect('NOT_FOUND', (node, done) => node.release(number, 0, 0, done));
    });

    it('lasts as long as it is touched', async () => {
      const tube = newTube();
      const [holder, next] = [await lab.dial(tube), await lab.dial(tube)];
      const number = await holder.put(tube, 'held', { ttrSeconds: 2 });
      await holder.reserve();
      for (let at = 0; at < 2; at++) {
        await lab.fixture.pass(1_200);
        await holder.expect('TOUCHED', (node, done) => node.touch(number, done));
      }
      expect(await next.reserve()).toBe('TIMED_OUT');
    });

    it('about to end is warned of when its holder asks for more, unless there is more', async () => {
      const tube = newTube();
      const holder = await lab.dial(tube);
      await holder.put(tube, 'held', { ttrSeconds: 1 });
      await holder.reserve();
      expect(await holder.reserve()).toBe('DEADLINE_SOON');
      expect(await holder.reserve(5)).toBe('DEADLINE_SOON');
      await holder.put(tube, 'more');
      expect(await holder.reserve()).toBe('more');
    });

    it('ends with its connection, at once', async () => {
      const tube = newTube();
      const [dying, next] = [await lab.dial(tube), await lab.dial(tube)];
      await next.put(tube, 'held');
      await dying.reserve();
      const waiting = next.reserve(10);
      dying.connection.destroy();
      expect(await waiting).toBe('held');
    });

    it('blocks what is sent behind it, in order', async () => {
      const tube = newTube();
      const [taker, giver] = [await lab.dial(tube), await lab.dial()];
      const order: string[] = [];
      taker.connection.reserve(30, ({ kind }) => order.push(kind));
      taker.connection.stats(({ kind }) => order.push(kind));
      await giver.put(tube, 'first');
      await until(() => order.length === 2);
      expect(order).toEqual(['RESERVED', 'NODE_STATS']);
    });
  });

  describe('a connection', () => {
    it('watches one tube, and no other', async () => {
      const [one, two] = [newTube(), newTube()];
      const client = await lab.dial(one);
      await client.put(two, 'in two');
      const number = await client.put('default', 'in default');
      expect(await client.reserve()).toBe('TIMED_OUT');
      await client.watch(two);
      await client.watch(two);
      expect(await client.reserve()).toBe('in two');
      await client.put(one, 'in one');
      expect(await client.reserve()).toBe('TIMED_OUT');
      await client.watch('default');
      expect(await client.reserve()).toBe('in default');
      await client.expect('DELETED', (node, done) => node.delete(number, done));
    });

    it('answers in order, each command once, never before its method has returned', async () => {
      const { tube, client } = await lab.watching();
      const seen: string[] = [];
      const command = { tube, priority: 1, delaySeconds: 0, ttrSeconds: 60, body: 'x', byteLength: 1 };
      let returned = false;
      const replies = [0, 1, 2, 3, 4].map((at) =>
        client.ask((node, done) => {
          const tell = (reply: Reply): void => {
            expect(returned).toBe(true);
            seen.push(`${at} ${reply.kind}`);
            done(reply);
          };
          if (at % 2 === 0) node.put(command, tell);
          else node.reserve(0, tell);
        }),
      );
      returned = true;
      expect(client.connection.pending).toBeGreaterThanOrEqual(5);
      await Promise.all(replies);
      expect(seen).toEqual(['0 INSERTED', '1 RESERVED', '2 INSERTED', '3 RESERVED', '4 INSERTED']);
      expect([client.connection.pending, client.connection.waiting]).toEqual([0, 0]);
      expect(client.answers).toBeGreaterThan(0);
    });

    it('takes many reserves at once, and answers with jobs as far as they go', async () => {
      const { tube, client } = await lab.watching();
      for (let at = 0; at < 3; at++) await client.put(tube, `job ${at}`);
      const answers = await Promise.all(Array.from({ length: 5 }, () => client.reserve()));
      expect(answers).toEqual(['job 0', 'job 1', 'job 2', 'TIMED_OUT', 'TIMED_OUT']);
    });

    it('destroyed answers LOST to what is pending and to what comes later, and says so once', async () => {
      const { client } = await lab.watching();
      const pending = [
        client.ask((node, done) => node.reserve(60, done)),
        client.ask((node, done) => node.stats(done)),
      ];
      client.connection.destroy();
      client.connection.destroy();
      expect((await Promise.all(pending)).map(({ kind }) => kind)).toEqual(['LOST', 'LOST']);
      expect(client.connection.closed).toBe(true);
      const later = await client.expect('LOST', (node, done) => node.delete(1, done));
      expect([later.sent, later.error.code]).toEqual([false, 'DQ_CONNECTION']);
      await until(() => client.closedWith.length > 0);
      expect(client.closedWith).toHaveLength(1);
      // What it may have been told before counts as told.
      expect(await Promise.all(pending)).toMatchObject([{ sent: true }, { sent: true }]);
    });
  });

  describe('statistics', () => {
    it('count the jobs of a tube by state, tell where a job is, and which server it is', async () => {
      const { tube, client } = await lab.watching();
      const buried = await client.put(tube, 'buried');
      await client.reserve();
      await client.expect('BURIED', (node, done) => node.bury(buried, 0, done));
      const delayed = await client.put(tube, 'delayed', { delaySeconds: 60, ttrSeconds: 9, priority: 77 });
      await client.put(tube, 'ready');
      const ofTube = (name: string): Promise<unknown> =>
        client.expect('TUBE_STATS', (node, done) => node.statsTube(name, done));
      expect(await ofTube(tube)).toMatchObject({ stats: { ready: 1, delayed: 1, reserved: 0, buried: 1 } });
      expect(await ofTube(newTube())).toMatchObject({ stats: { ready: 0, delayed: 0, reserved: 0, buried: 0 } });
      const job = await client.expect('JOB_STATS', (node, done) => node.statsJob(delayed, done));
      expect(job.stats).toEqual({ tube, state: 'delayed' });
      const node = await client.expect('NODE_STATS', (node, done) => node.stats(done));
      expect(node.stats).toMatchObject({ id: expect.stringMatching(/^\S+$/), draining: false });
      await client.expect('NOT_FOUND', (node, done) => node.statsJob(buried + 1_000, done));
      const { names } = await client.expect('TUBES', (node, done) => node.listTubes(done));
      expect(names).toEqual(expect.arrayContaining([tube]));
      expect(names.filter((name) => name === tube)).toEqual([tube]);
    });
  });
}
