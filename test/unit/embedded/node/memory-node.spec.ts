import { describe, expect, it } from '@jest/globals';
import { dialed, kinds, NodeBed, TUBE } from './node-bed.js';

const HOUR_MS = 3_600_000;

describe('a node in memory', () => {
  it('that is killed drops its connections, refuses new ones, and comes back with what its log has', async () => {
    const { bed, client } = await dialed();
    const [ready, delayed] = [await client.put(TUBE, 'ready'), await client.put(TUBE, 'later', { delaySeconds: 10 })];
    await client.reserve();
    const waiting = bed.tell(client, (to, done) => to.reserve(60, done));
    await bed.clock.settle();
    bed.node.kill();
    await bed.clock.settle();
    expect([kinds(waiting), client.connection.closed, bed.node.state]).toEqual([['LOST'], true, 'down']);
    expect(waiting).toMatchObject([{ sent: true, error: { code: 'DQ_CONNECTION' } }]);
    const refused = bed.connect();
    expect(await refused.ask((to, done) => to.stats(done))).toMatchObject({ kind: 'LOST', sent: false });
    expect(refused.closedWith.map(({ code }) => code)).toEqual(['DQ_CONNECTION']);
    await bed.clock.advance(4_000);
    bed.node.comeBack();
    expect(bed.node.counts()).toEqual({ ready: 1, delayed: 1, reserved: 0, buried: 0, watching: 0 });
    const after = await bed.dial();
    expect(await after.reserveNumber()).toBe(ready);
    expect(await after.reserve()).toBe('TIMED_OUT');
    // The delay ends when it would have ended.
    await bed.clock.advance(6_000);
    expect(await after.reserveNumber()).toBe(delayed);
    expect(await after.put(TUBE, 'next')).toBe(delayed + 1);
  });

  it('has another id in each life, and none in common with another node', async () => {
    const bed = new NodeBed();
    const idOf = async (node: NodeBed): Promise<string | undefined> => {
      const { stats } = await (await node.dial()).expect('NODE_STATS', (to, done) => to.stats(done));
      return /^[0-9a-f]{16}$/.exec(stats.id)?.[0];
    };
    const first = await idOf(bed);
    bed.node.comeBack();
    const ids = [first, await idOf(bed), await idOf(new NodeBed({ seed: 'another process' }))];
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain(undefined);
  });

  it('may lose the last writes of its log: puts, deletes, burials alike; lost numbers are given out again', async () => {
    const bed = new NodeBed({}, 10);
    const client = await bed.dial();
    const kept = await client.put(TUBE, 'kept');
    const deleted = await client.put(TUBE, 'deleted');
    const buried = await client.put(TUBE, 'buried');
    await client.expect('DELETED', (to, done) => to.delete(deleted, done));
    await client.expect('RESERVED', (to, done) => to.reserveJob(buried, done));
    await client.expect('BURIED', (to, done) => to.bury(buried, 0, done));
    const lost = await client.put(TUBE, 'lost');
    bed.node.comeBack({ keep: 3 });
    expect(bed.node.kept.map(({ id, state }) => [id, state])).toEqual([
      [kept, 'ready'],
      [deleted, 'ready'],
      [buried, 'ready'],
    ]);
    expect(await (await bed.dial()).put(TUBE, 'another')).toBe(lost);
  });

  it('cannot lose more writes than it remembers', async () => {
    const bed = new NodeBed({}, 1);
    const client = await bed.dial();
    for (let at = 0; at < 5; at++) await client.put(TUBE, 'x');
    expect(() => bed.node.comeBack({ keep: 4 })).toThrow(RangeError);
  });

  it('whose log is gone begins with nothing and with number 1', async () => {
    const { bed, client } = await dialed();
    await client.put(TUBE, 'gone');
    bed.node.comeBack({ keep: 'nothing' });
    expect([...bed.node.jobs()]).toEqual([]);
    expect(await (await bed.dial()).put(TUBE, 'first')).toBe(1);
  });

  it('gives a number out again once the job that had it is gone, if its numbers begin anew', async () => {
    const { bed, client } = await dialed();
    const [left, gone] = [await client.put(TUBE, 'left'), await client.put(TUBE, 'gone')];
    await client.expect('DELETED', (to, done) => to.delete(gone, done));
    bed.node.comeBack({ ids: 'from-one' });
    const after = await bed.dial();
    expect(await after.put(TUBE, 'stranger')).toBe(left + 1);
    await after.expect('DELETED', (to, done) => to.delete(gone, done));
  });

  it('with a full disk refuses puts, and loses what it should bury or delay until a restart', async () => {
    const { bed, client } = await dialed();
    const [first, second, third] = [
      await client.put(TUBE, '1'),
      await client.put(TUBE, '2'),
      await client.put(TUBE, '3'),
    ];
    for (let at = 0; at < 3; at++) await client.reserve();
    bed.node.fillDisk();
    const put = { tube: TUBE, priority: 0, delaySeconds: 0, ttrSeconds: 1, body: 'x', byteLength: 1 };
    await client.expect('OUT_OF_MEMORY', (to, done) => to.put(put, done));
    expect((await client.expect('FOUND', (to, done) => to.peek(third + 1, done))).body.toString()).toBe('x');
    await client.expect('NOT_FOUND', (to, done) => to.delete(third + 1, done));
    await client.expect('OUT_OF_MEMORY', (to, done) => to.release(first, 0, 1, done));
    await client.expect('RELEASED', (to, done) => to.release(third, 0, 0, done));
    await client.expect('DELETED', (to, done) => to.delete(third, done));
    const failed = bed.tell(client, (to, done) => to.bury(second, 0, done));
    await bed.clock.settle();
    expect([kinds(failed), client.closedWith.map(({ code }) => code)]).toEqual([['INTERNAL_ERROR'], ['DQ_PROTOCOL']]);
    bed.node.freeDisk();
    const other = await bed.dial();
    for (const lost of [first, second]) {
      await other.expect('NOT_FOUND', (to, done) => to.delete(lost, done));
      await other.expect('NOT_FOUND', (to, done) => to.kickJob(lost, done));
      await other.expect('NOT_FOUND', (to, done) => to.reserveJob(lost, done));
      await other.expect('FOUND', (to, done) => to.peek(lost, done));
    }
    await bed.clock.advance(HOUR_MS);
    expect(bed.node.counts()).toEqual({ ready: 0, delayed: 0, reserved: 0, buried: 0, watching: 1 });
    bed.node.comeBack();
    expect(bed.node.counts().ready).toBe(2);
  });

  it('whose wall clock is set ahead makes delayed jobs ready; set back, it keeps them', async () => {
    const { bed, client } = await dialed();
    await client.put(TUBE, 'in an hour', { delaySeconds: 3_600 });
    bed.clock.step(HOUR_MS + 1);
    expect(await client.reserve()).toBe('in an hour');
    await client.put(TUBE, 'in a second', { delaySeconds: 1 });
    bed.clock.step(-HOUR_MS);
    await bed.clock.advance(2_000);
    expect(await client.reserve()).toBe('TIMED_OUT');
    await bed.clock.advance(HOUR_MS);
    expect(await client.reserve()).toBe('in a second');
  });

  it('is kicked by an operator: buried jobs if there are any, else delayed ones', async () => {
    const { bed, client } = await dialed();
    const buried = await client.put(TUBE, 'buried');
    await client.reserve();
    await client.expect('BURIED', (to, done) => to.bury(buried, 0, done));
    await client.put(TUBE, 'first', { delaySeconds: 60 });
    await client.put(TUBE, 'second', { delaySeconds: 90 });
    expect(bed.node.kick(TUBE, 5)).toBe(1);
    expect(await client.reserve()).toBe('buried');
    const waiting = client.reserve(10);
    expect(bed.node.kick(TUBE, 1)).toBe(1);
    expect(await waiting).toBe('first');
    expect([bed.node.kick('no such tube', 1), bed.node.counts(TUBE).delayed]).toEqual([0, 1]);
  });

  it('that hangs answers nothing and lets nothing end, and makes up for it when it goes on', async () => {
    const bed = new NodeBed();
    const [client, waiter] = [await bed.dial(), await bed.dial()];
    await client.put(TUBE, 'delayed', { delaySeconds: 1 });
    const timed = bed.tell(waiter, (to, done) => to.reserve(2, done));
    await bed.clock.settle();
    bed.node.hang();
    const put = { tube: TUBE, priority: 0, delaySeconds: 0, ttrSeconds: 1, body: 'x', byteLength: 1 };
    const told = bed.tell(client, (to, done) => to.put(put, done));
    await bed.clock.advance(2_500);
    expect([timed, told, bed.node.state]).toEqual([[], [], 'hung']);
    bed.node.resume();
    await bed.clock.settle();
    // Both were overdue; the delay is looked at first.
    expect([kinds(timed), kinds(told)]).toEqual([['RESERVED'], ['INSERTED']]);
  });

  it('has a timer only while somebody waits for a job, and one then', async () => {
    const { bed, client } = await dialed();
    await bed.clock.advance(10_000);
    await client.put(TUBE, 'in a year', { delaySeconds: 31_536_000 });
    await client.put(TUBE, 'held');
    await client.reserve();
    await bed.clock.advance(10_000);
    expect(bed.clock.timers).toBe(0);
    bed.node.comeBack();
    const [one, other] = [await bed.dial(), await bed.dial()];
    await one.reserve();
    await bed.clock.advance(10_000);
    for (const { connection } of [one, other]) connection.reserve(40_000_000, () => undefined);
    await bed.clock.settle();
    // Two deadlines of connections, and the node's own.
    expect(bed.clock.timers).toBe(3);
    for (const { connection } of [one, other]) connection.destroy();
    await bed.clock.settle();
    expect(bed.clock.timers).toBe(0);
  });

  it('tells its log what a restart is to bring back, and takes it in again', async () => {
    const { bed, client } = await dialed();
    const buried = await client.put(TUBE, 'buried', { priority: 3 });
    await client.reserve();
    await client.expect('BURIED', (to, done) => to.bury(buried, 4, done));
    const delayed = await client.put(TUBE, 'delayed', { delaySeconds: 60 });
    const gone = await client.put(TUBE, 'gone');
    await client.expect('DELETED', (to, done) => to.delete(gone, done));
    expect(bed.node.kept).toMatchObject([
      { id: buried, tube: TUBE, state: 'buried', priority: 4, body: 'buried' },
      { id: delayed, tube: TUBE, state: 'delayed', body: 'delayed', dueAt: bed.clock.now() + 60_000 },
    ]);
    const copy = new NodeBed();
    copy.node.load(bed.node.kept, bed.node.table.nextId);
    expect([copy.node.table.nextId, copy.node.counts()]).toEqual([
      4,
      { ready: 0, delayed: 1, reserved: 0, buried: 1, watching: 0 },
    ]);
  });

  it('hands out bytes that are the receiver’s own', async () => {
    const { client } = await dialed();
    const number = await client.put(TUBE, Buffer.from('mine'));
    const { body } = await client.expect('FOUND', (to, done) => to.peek(number, done));
    body.fill(0);
    expect(await client.reserve()).toBe('mine');
  });
});
