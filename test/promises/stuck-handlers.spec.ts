// A tube whose slots are all taken by handlers that do not end.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DqEvent, DqRunOptions } from 'nestjs-dq';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { lineOf } from '../../lib/nest/dq.event-line.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';
import { Gate } from '../support/gate.js';
import { ManualClock } from '../support/manual-clock.js';

type Stuck = Extract<DqEvent, { readonly type: 'handlers-stuck' }>;

let clock: ManualClock;
let runtime: DqRuntime;
let stuck: Stuck[];
let gates: Gate[];

beforeEach(() => {
  clock = new ManualClock();
  stuck = [];
  gates = [];
});

afterEach(async () => {
  for (const gate of gates) gate.open();
  await clock.settle();
  const closed = runtime.close();
  await clock.advance(20_000);
  await closed;
});

function start(own: DqRunOptions): void {
  const options = resolveOptions({ embedded: true, tubes: ['orders'] });
  const report = (event: DqEvent): void => void (event.type === 'handlers-stuck' && stuck.push(event));
  runtime = new DqRuntime(options, { clock, report, backend: embeddedBackend });
  const handler = (): Promise<void> => {
    const gate = new Gate();
    gates.push(gate);
    return gate.opened;
  };
  runtime.handle('orders', handler, own, 'Orders.cancel');
  runtime.start();
}

async function send(...ids: readonly string[]): Promise<void> {
  for (const id of ids) void runtime.producer('orders').delay({}, 0, { id });
  await clock.advance(100);
}

describe('handlers that never end', () => {
  it('give one event when no slot is free for 30 s, with the oldest', async () => {
    start({ concurrency: 3 });
    await send('first');
    await clock.advance(10_000);
    await send('second', 'third', 'fourth');
    expect(gates).toHaveLength(3);
    await clock.advance(29_000);
    expect(stuck).toEqual([]);
    await clock.advance(2_000);
    expect(stuck).toMatchObject([
      { tube: 'orders', handler: 'Orders.cancel', running: 3, overMs: 30_000, id: 'first', attempt: 1 },
    ]);
    expect(stuck[0]?.ranMs).toBeGreaterThan(40_000);
    await clock.advance(3_600_000);
    expect(stuck).toHaveLength(1);
  });

  it('give a warning that says what it means and what to do', async () => {
    start({ concurrency: 1 });
    await send('first');
    await clock.advance(45_000);
    const { level, text } = lineOf(stuck[0] as Stuck);
    expect(level).toBe('warn');
    expect(text).toMatch(
      /^1 handler\(s\) of tube orders \(Orders\.cancel\) have run for longer than 30000 ms, and no slot is free/,
    );
    expect(text).toMatch(/job first, attempt 1, for 3\d{4} ms.*timeout.*concurrency/);
  });

  it('give another one once a slot has been free between', async () => {
    start({ concurrency: 2 });
    await send('first', 'second', 'third');
    await clock.advance(40_000);
    expect(stuck).toHaveLength(1);
    gates[0]?.open();
    await clock.advance(20_000);
    expect(stuck).toHaveLength(1);
    await clock.advance(20_000);
    expect(stuck.map(({ id }) => id)).toEqual(['first', 'second']);
  });

  it('give none while a slot is free, or while handlers end within that time', async () => {
    start({ concurrency: 2 });
    await send('first');
    for (let round = 0; round < 10; round++) {
      await send(`short-${round}`);
      await clock.advance(20_000);
      gates.at(-1)?.open();
      await clock.advance(100);
    }
    await clock.advance(120_000);
    expect(stuck).toEqual([]);
  });

  it('give none where a timeout says how long they may take, and frees their slots', async () => {
    start({ concurrency: 1, timeout: '10m', attempts: 1 });
    await send('first', 'second');
    await clock.advance(300_000);
    expect(stuck).toEqual([]);
    expect(gates).toHaveLength(1);
    await clock.advance(301_000);
    expect(gates).toHaveLength(2);
  });
});

describe('the inspector', () => {
  it('shows how many handlers run here, and the oldest of them', async () => {
    start({ concurrency: 3 });
    expect(runtime.inspector.running()).toEqual([
      { tube: 'orders', handler: 'Orders.cancel', running: 0, concurrency: 3, oldest: undefined },
    ]);
    const before = clock.now();
    await send('first');
    await clock.advance(60_000);
    await send('second');
    const [orders] = runtime.inspector.running('orders');
    expect(orders).toMatchObject({ running: 2, oldest: { id: 'first', attempt: 1 } });
    const startedAt = orders?.oldest?.startedAt.getTime() ?? 0;
    expect(startedAt - before).toBeLessThan(200);
    gates[0]?.open();
    await clock.advance(100);
    expect(runtime.inspector.running()[0]?.oldest?.id).toBe('second');
    expect(runtime.inspector.running('dq-default')).toEqual([]);
    expect(() => runtime.inspector.running('order')).toThrow(/Did you mean "orders"/);
  });
});
