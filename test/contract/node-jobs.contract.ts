// A job's life on a node.
import { describe, expect, it } from '@jest/globals';
import { newTube, type NodeLab } from './node-lab.js';

export function jobRules(lab: NodeLab): void {
  describe('a job', () => {
    it('is put, reserved with its bytes, and gone when deleted', async () => {
      const { tube, client } = await lab.watching();
      const bodies = ['text', 'ümläut €', '', Buffer.from([0, 13, 10, 255]), 'x'.repeat(60_000)];
      for (const body of bodies) {
        const number = await client.put(tube, body);
        const { id, body: got } = await client.expect('RESERVED', (node, done) => node.reserve(0, done));
        expect(id).toBe(number);
        expect(Buffer.from(body).equals(got)).toBe(true);
        await client.expect('DELETED', (node, done) => node.delete(number, done));
        await client.expect('NOT_FOUND', (node, done) => node.delete(number, done));
        await client.expect('NOT_FOUND', (node, done) => node.peek(number, done));
      }
    });

    it('goes out by priority, then by number, whatever became of it before', async () => {
      const { tube, client } = await lab.watching();
      await client.put(tube, 'third', { priority: 7 });
      const first = await client.put(tube, 'first', { priority: 0 });
      await client.put(tube, 'fourth', { priority: 7 });
      await client.put(tube, 'last', { priority: 4_294_967_295 });
      await client.put(tube, 'second', { priority: 1 });
      expect(await client.reserve()).toBe('first');
      await client.expect('RELEASED', (node, done) => node.release(first, 0, 0, done));
      const order = [];
      for (let at = 0; at < 5; at++) order.push(await client.reserve());
      expect(order).toEqual(['first', 'second', 'third', 'fourth', 'last']);
      expect(await client.reserve()).toBe('TIMED_OUT');
    });

    it('is not given out before its delay is over', async () => {
      const { tube, client } = await lab.watching();
      await client.put(tube, 'later', { delaySeconds: 1 });
      expect(await client.reserve()).toBe('TIMED_OUT');
      await lab.fixture.pass(1_050);
      expect(await client.reserve(10)).toBe('later');
    });

    it('goes to a waiting reserve as soon as it is there', async () => {
      const tube = newTube();
      const [taker, giver] = [await lab.dial(tube), await lab.dial()];
      const reserved = taker.reserve(30);
      await giver.put(tube, 'at last');
      expect(await reserved).toBe('at last');
    });

    it('is released with a delay and a new priority', async () => {
      const { tube, client } = await lab.watching();
      await client.put(tube, 'other', { priority: 5 });
      const number = await client.put(tube, 'released', { priority: 1 });
      expect(await client.reserveNumber()).toBe(number);
      await client.expect('RELEASED', (node, done) => node.release(number, 9, 1, done));
      expect(await client.reserve()).toBe('other');
      expect(await client.reserve()).toBe('TIMED_OUT');
      await lab.fixture.pass(1_050);
      expect(await client.reserve(10)).toBe('released');
    });

    it('is buried and kicked; buried it is for nobody', async () => {
      const { tube, client } = await lab.watching();
      const number = await client.put(tube, 'buried');
      await client.reserve();
      await client.expect('BURIED', (node, done) => node.bury(number, 3, done));
      expect(await client.reserve()).toBe('TIMED_OUT');
      await client.expect('KICKED', (node, done) => node.kickJob(number, done));
      await client.expect('NOT_FOUND', (node, done) => node.kickJob(number, done));
      expect(await client.reserve()).toBe('buried');
    });

    it('that is delayed becomes ready by a kick: an operator can make a job early', async () => {
      const { tube, client } = await lab.watching();
      const number = await client.put(tube, 'early', { delaySeconds: 60 });
      await client.expect('KICKED', (node, done) => node.kickJob(number, done));
      expect(await client.reserve()).toBe('early');
    });

    it('is released, buried and touched by its holder only', async () => {
      const tube = newTube();
      const [holder, stranger] = [await lab.dial(tube), await lab.dial()];
      const number = await holder.put(tube, 'held');
      await holder.reserve();
      await stranger.expect('NOT_FOUND', (node, done) => node.release(number, 0, 0, done));
      await stranger.expect('NOT_FOUND', (node, done) => node.bury(number, 0, done));
      await stranger.expect('NOT_FOUND', (node, done) => node.touch(number, done));
      await stranger.expect('NOT_FOUND', (node, done) => node.delete(number, done));
      await holder.expect('TOUCHED', (node, done) => node.touch(number, done));
    });

    it('that nobody holds is deleted by anyone: ready, delayed or buried', async () => {
      const tube = newTube();
      const [holder, stranger] = [await lab.dial(tube), await lab.dial()];
      const buried = await holder.put(tube, 'buried');
      await holder.reserve();
      await holder.expect('BURIED', (node, done) => node.bury(buried, 0, done));
      const ready = await holder.put(tube, 'ready');
      const delayed = await holder.put(tube, 'delayed', { delaySeconds: 60 });
      for (const number of [buried, ready, delayed]) {
        await stranger.expect('DELETED', (node, done) => node.delete(number, done));
      }
    });

    it('can be taken by its number, whatever its state', async () => {
      const { tube, client } = await lab.watching();
      const delayed = await client.put(tube, 'delayed', { delaySeconds: 60 });
      expect((await client.expect('RESERVED', (node, done) => node.reserveJob(delayed, done))).id).toBe(delayed);
      const other = await lab.dial();
      await other.expect('NOT_FOUND', (node, done) => node.reserveJob(delayed, done));
    });

    it('is shown by number and by state, without being taken', async () => {
      const { tube, client } = await lab.watching();
      const delayed = await client.put(tube, 'delayed', { delaySeconds: 60 });
      const peek = async (state: 'ready' | 'delayed' | 'buried'): Promise<number | undefined> => {
        const reply = await client.ask((node, done) => node.peekFirst(tube, state, done));
        return reply.kind === 'FOUND' ? reply.id : undefined;
      };
      expect([await peek('ready'), await peek('delayed'), await peek('buried')]).toEqual([
        undefined,
        delayed,
        undefined,
      ]);
      const ready = await client.put(tube, 'ready');
      expect((await client.expect('FOUND', (node, done) => node.peek(ready, done))).body.toString()).toBe('ready');
      expect(await peek('ready')).toBe(ready);
      expect(await client.reserve()).toBe('ready');
      expect((await client.expect('FOUND', (node, done) => node.peek(ready, done))).id).toBe(ready);
    });
  });
}
