// A node in memory against a real one, where time passes, and where nodes hang, die and come back.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Beanstalkd } from '../../scripts/servers.mjs';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { until } from '../support/wait.js';
import { type Twin, Twins } from './node-twin.js';

let cluster: TestCluster;
let real: Beanstalkd;
let twins: Twins;
let tubes = 0;
let tube: string;
const speakers: Speaker[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, redis: false });
  real = cluster.node(0);
  twins = new Twins(real.endpoint);
});
beforeEach(() => {
  tube = `life-${++tubes}`;
  twins.story = [];
});
afterEach(async () => {
  for (const { twin } of speakers.splice(0)) twin.destroy();
  await twins.seen();
  const cleaner = new Speaker();
  for (const { id } of [...twins.memory.jobs()]) await cleaner.delete(id);
});
afterAll(async () => {
  for (const { twin } of speakers) twin.destroy();
  twins.close();
  await cluster.stop();
});

interface Times {
  readonly delay?: number;
  readonly ttr?: number;
  readonly priority?: number;
}

/** A connection to both, in words. */
class Speaker {
  readonly twin: Twin = twins.dial();

  constructor() {
    speakers.push(this);
  }

  async watch(): Promise<this> {
    await twins.ask(this.twin, 'watch', (to, done) => to.watchOnly(tube, done));
    return this;
  }

  async put({ delay = 0, ttr = 60, priority = 5 }: Times = {}): Promise<number> {
    const put = { tube, priority, delaySeconds: delay, ttrSeconds: ttr, body: 'x', byteLength: 1 };
    return Number((await twins.ask(this.twin, 'put', (to, done) => to.put(put, done))).replace('INSERTED ', ''));
  }

  reserve(seconds = 0): Promise<string> {
    return twins.ask(this.twin, 'reserve', (to, done) => to.reserve(seconds, done));
  }

  delete(id: number): Promise<string> {
    return twins.ask(this.twin, `delete ${id}`, (to, done) => to.delete(id, done));
  }

  release(id: number, priority: number, delay: number): Promise<string> {
    return twins.ask(this.twin, `release ${id}`, (to, done) => to.release(id, priority, delay, done));
  }

  bury(id: number, priority: number): Promise<string> {
    return twins.ask(this.twin, `bury ${id}`, (to, done) => to.bury(id, priority, done));
  }

  kick(id: number): Promise<string> {
    return twins.ask(this.twin, `kick ${id}`, (to, done) => to.kickJob(id, done));
  }

  touch(id: number): Promise<string> {
    return twins.ask(this.twin, `touch ${id}`, (to, done) => to.touch(id, done));
  }

  look(id: number): Promise<string> {
    return twins.ask(this.twin, `stats-job ${id}`, (to, done) => to.statsJob(id, done));
  }

  first(state: 'ready' | 'delayed' | 'buried'): Promise<string> {
    return twins.ask(this.twin, `peek-${state}`, (to, done) => to.peekFirst(tube, state, done));
  }

  tube(): Promise<string> {
    return twins.ask(this.twin, 'stats-tube', (to, done) => to.statsTube(tube, done));
  }
}

async function hang(): Promise<void> {
  await real.pause();
  twins.memory.hang();
}

function goOn(): void {
  real.resume();
  twins.memory.resume();
}

async function restart(ids: 'continue' | 'from-one' = 'continue'): Promise<void> {
  await real.kill();
  twins.memory.kill();
  await real.restart();
  twins.memory.comeBack({ ids });
  twins.lookAgain();
}

describe('a node in memory, as beanstalkd,', () => {
  it('ends a reservation; its holder may still delete the job as long as nobody else has it', async () => {
    const [slow, other] = [await new Speaker().watch(), await new Speaker().watch()];
    const [first, second] = [await slow.put({ ttr: 1 }), await slow.put({ ttr: 1 })];
    await slow.reserve();
    await slow.reserve();
    await sleep(1_050);
    await slow.look(4_000_000_000);
    expect(await other.reserve()).toContain(`RESERVED ${first}`);
    expect(await slow.delete(first)).toBe('NOT_FOUND');
    expect(await slow.touch(second)).toBe('NOT_FOUND');
    expect(await slow.look(second)).toContain('state,ready');
    expect(await slow.delete(second)).toBe('DELETED');
    await other.look(first);
  });

  it('answers a waiting reserve when time is over, when a reservation ends soon, when a delay is over', async () => {
    const [holder, other] = [await new Speaker().watch(), await new Speaker().watch()];
    expect(await other.reserve(1)).toBe('TIMED_OUT');
    const held = await holder.put({ ttr: 2 });
    await holder.reserve();
    expect(await holder.reserve(30)).toBe('DEADLINE_SOON');
    await holder.delete(held);
    await holder.put({ delay: 1, priority: 9 });
    const urgent = await holder.put({ delay: 1, priority: 1 });
    // The first one due goes to who waits, whatever its priority; with both due it would be the other.
    expect(await other.reserve(30)).toContain(`RESERVED ${urgent - 1}`);
    expect(await other.reserve(30)).toContain(`RESERVED ${urgent}`);
  });

  it('obeys after a hang what came before; of a client that hung up, two commands', async () => {
    const [gone, patient] = [await new Speaker().watch(), await new Speaker().watch()];
    const look = await new Speaker().watch();
    const put = { tube, priority: 5, delaySeconds: 0, ttrSeconds: 60, body: 'x', byteLength: 1 };
    await gone.put();
    await hang();
    for (let at = 0; at < 6; at++) gone.twin.tell('put', (to, done) => to.put(put, done));
    await sleep(20);
    gone.twin.destroy();
    goOn();
    await twins.seen();
    expect(await look.tube()).toContain('ready,3');
    await patient.put();
    await hang();
    for (let at = 0; at < 6; at++) patient.twin.tell('put', (to, done) => to.put(put, done));
    await sleep(20);
    goOn();
    await until(() => patient.twin.open.every((asked) => asked.real !== undefined && asked.memory !== undefined));
    expect(await look.tube()).toContain('ready,10');
  });

  it('ends after a hang what is overdue; a waiting reserve is told of the deadline, and has the job all the same', async () => {
    const [holder, other] = [await new Speaker().watch(), await new Speaker().watch()];
    const held = await holder.put({ ttr: 3 });
    const delayed = await holder.put({ delay: 1 });
    const far = await holder.put({ delay: 100 });
    await holder.reserve();
    holder.twin.tell('reserve that waits', (to, done) => to.reserve(60, done));
    await twins.pause();
    await other.delete(delayed);
    await hang();
    await sleep(3_100);
    goOn();
    await until(() => holder.twin.open[0]?.real !== undefined);
    expect(holder.twin.open.map(({ real, memory }) => [real, memory])).toEqual([['DEADLINE_SOON', 'DEADLINE_SOON']]);
    expect(await other.look(held)).toContain('state,reserved');
    expect(await other.look(far)).toContain('state,delayed');
  });

  it('comes back from its log: reservations forgotten, delays kept, counts as of the last record', async () => {
    const worker = await new Speaker().watch();
    const ids = [];
    for (let at = 0; at < 8; at++) ids.push(await worker.put({ priority: at, delay: at === 7 ? 100 : 0 }));
    const [, buried, again, later, kicked, held, , delayed] = ids as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let at = 0; at < 6; at++) await worker.reserve();
    await worker.delete(ids[0]!);
    await worker.bury(buried, 77);
    await worker.release(again, 99, 0);
    await worker.release(later, 98, 50);
    await worker.bury(kicked, 66);
    await worker.kick(kicked);
    await worker.touch(held);
    await restart();
    const after = await new Speaker().watch();
    expect(await after.look(held)).toContain('state,ready');
    expect(await after.look(later)).toContain('state,delayed');
    for (const id of ids) await after.look(id);
    for (const state of ['ready', 'delayed', 'buried'] as const) await after.first(state);
    expect(await after.reserve()).toContain(`RESERVED ${again}`);
    await after.tube();
    expect(await after.put()).toBe(delayed + 1);
    // Their order shows the priorities, the one that was buried and the one that was to come later among them.
    await after.kick(buried);
    await after.kick(later);
    for (let reply = ''; reply !== 'TIMED_OUT';) reply = await after.reserve();
  });

  it('begins its numbers anew once its log is empty: an old number names a new job', async () => {
    const before = await new Speaker().watch();
    expect(await before.delete(await before.put())).toBe('DELETED');
    await restart();
    await restart('from-one');
    const after = await new Speaker().watch();
    expect(await after.put()).toBe(1);
    expect(await after.delete(1)).toBe('DELETED');
  });

  it('drained takes no job, and uses up a number all the same', async () => {
    const client = await new Speaker().watch();
    const id = await client.put();
    process.kill(real.pid, 'SIGUSR1');
    twins.memory.drain();
    await sleep(20);
    expect(await client.put()).toBeNaN();
    expect(await client.reserve()).toContain(`RESERVED ${id}`);
    expect(await client.release(id, 3, 10)).toBe('RELEASED');
    await restart();
    const after = await new Speaker().watch();
    expect(await after.put()).toBe(id + 1);
  });
});
