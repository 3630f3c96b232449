import { beforeEach, describe, expect, it } from '@jest/globals';
import { DiskProbe } from '../../../lib/core/beanstalkd/disk-probe.js';
import type { NodeConnection } from '../../../lib/core/cluster/node-connection.js';
import { ManualClock } from '../../support/manual-clock.js';
import { lost, StubNode } from '../../support/stub-node.js';

const QUIET = { onAnswering: (): void => {}, onClosed: (): void => {} };
const SMALL = 2;

let clock: ManualClock;
let node: StubNode;
let connection: NodeConnection;
let probe: DiskProbe;
/** Bytes of a put that the log has room for. */
let room: number;
let told: boolean[];

beforeEach(() => {
  clock = new ManualClock();
  room = Infinity;
  told = [];
  node = new StubNode('a:1', clock, (command) =>
    command.put !== undefined && command.put.byteLength > room ? { kind: 'OUT_OF_MEMORY' } : node.obey(command),
  );
  connection = node.dial(QUIET);
  probe = new DiskProbe(connection, clock);
});

/** Asks so often at once, and lets so much time go by. */
async function ask(times = 1, ms = 0): Promise<void> {
  for (let at = 0; at < times; at++) probe.ask((writes) => told.push(writes));
  await clock.advance(ms);
}

const sizes = (): number[] => node.puts.map(({ byteLength }) => byteLength);

describe('a probe of a disk', () => {
  it('takes far more than what may follow on its answer: 84 bytes for each act', async () => {
    await ask(1_000);
    const [bytes] = sizes();
    expect(told.length / sizes().length).toBeLessThanOrEqual(64);
    expect(bytes).toBeGreaterThan(3 * 64 * 84);
  });

  it('is shared by those who ask at once', async () => {
    await ask(64);
    expect(told).toEqual(Array(64).fill(true));
    expect(sizes()).toHaveLength(1);
  });

  it('is not asked any more, leaves no timer and nobody waiting, once it is closed', async () => {
    await ask(65);
    expect(clock.timers).toBe(1);
    probe.close();
    expect(clock.timers).toBe(0);
    await clock.advance(100);
    expect([told.length, sizes().length]).toEqual([65, 1]);
  });

  it('is asked anew for those who are too many, or come later (control)', async () => {
    await ask(65);
    expect([told.length, sizes().length]).toEqual([64, 1]);
    await clock.advance(20);
    expect([told.length, sizes().length]).toEqual([65, 2]);
    await ask(1, 20);
    expect([told.length, sizes().length]).toEqual([66, 3]);
    expect(clock.timers).toBe(0);
  });

  it('is deleted behind what its answer brings about', async () => {
    probe.ask(() => connection.release(7, 0, 0, () => {}));
    await clock.settle();
    const acts = node.commands.map(({ name }) => name).filter((name) => name === 'release' || name === 'delete');
    expect(acts).toEqual(['release', 'delete']);
  });

  /** Asks twice, while this is the first that is ready in the tube of probes. Returns what was deleted. */
  async function deletedBeside(left: Buffer): Promise<readonly unknown[]> {
    const usual = node.answers;
    node.answers = (command) =>
      command.name === 'peek-ready' ? { kind: 'FOUND', id: 99, body: left } : usual(command);
    await ask(1, 20);
    await ask();
    return node.named('delete').map(({ args: [number] }) => number);
  }

  it('clears away, once, one that was left on the node', async () => {
    await ask();
    const left = Buffer.from(node.puts[0]!.body);
    probe = new DiskProbe(connection, clock);
    expect(await deletedBeside(left)).toEqual([1, 2, 99, 3]);
  });

  it.each(['dq', '..', '', 'x'.repeat(20_480)])('deletes no job of another program, such as %j', async (body) => {
    expect(await deletedBeside(Buffer.from(body))).toEqual([1, 2]);
  });

  it('says nothing on a connection that dies, or from a node that drains', async () => {
    for (const reply of [lost(true), { kind: 'DRAINING' } as const]) {
      node.answers = () => reply;
      await ask(1, 20);
    }
    expect(told).toEqual([true, true]);
  });

  it('is small on a node that takes no larger jobs', async () => {
    const usual = node.answers;
    node.answers = (command) => ((command.put?.byteLength ?? 0) > 1_000 ? { kind: 'JOB_TOO_BIG' } : usual(command));
    await ask(1, 20);
    await ask();
    expect(told).toEqual([true, true]);
    expect(sizes().slice(1)).toEqual([SMALL, SMALL]);
  });
});

describe('a disk that was found full', () => {
  it.each(['OUT_OF_MEMORY', 'BURIED', 'INTERNAL_ERROR'] as const)('by a probe answered %s', async (kind) => {
    node.answers = () => (kind === 'BURIED' ? { kind, id: 1 } : { kind });
    await ask(3);
    expect(told).toEqual([false, false, false]);
  });

  it('is not asked again for half a second, and then with a small one first', async () => {
    room = SMALL - 1;
    await ask();
    await ask(100, 499);
    await ask();
    expect(told).toEqual(Array(102).fill(false));
    expect(sizes()).toHaveLength(1);
    await clock.advance(1);
    await ask();
    expect(told).toHaveLength(103);
    expect(sizes().slice(1)).toEqual([SMALL]);
  });

  it('stays so while there is only room for a small one', async () => {
    room = SMALL;
    await ask(1, 500);
    await ask();
    expect(told).toEqual([false, false]);
    expect(sizes()).toEqual([sizes()[0], SMALL, sizes()[0]]);
  });

  it('has room again when a large one was taken', async () => {
    room = 0;
    await ask(1, 500);
    room = Infinity;
    await ask(1, 20);
    await ask();
    expect(told).toEqual([false, true, true]);
    expect(sizes()[3]).toBe(sizes()[0]);
  });

  it('may be found so by an act: then all who wait are told at once', async () => {
    await ask(65);
    probe.refused();
    expect(told.slice(63)).toEqual([true, false]);
    await clock.advance(100);
    expect(sizes()).toHaveLength(1);
  });

  it('stays so while it drains, which says nothing of it', async () => {
    room = 0;
    await ask(1, 500);
    node.answers = () => ({ kind: 'DRAINING' });
    await ask();
    expect(told).toEqual([false, false]);
  });
});
