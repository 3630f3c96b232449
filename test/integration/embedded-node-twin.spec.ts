// A node in memory against a real one: the same commands, the same answers.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { PutCommand } from '../../lib/core/cluster/node-connection.js';
import type { Command } from '../contract/node-lab.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { RawClient } from '../support/raw-client.js';
import { type Twin, Twins } from './node-twin.js';

/** A job with a time to run of 1 s is about to end from the start; it must not end within a run. */
const LONGEST_RUN_MS = 800;
/** On a busy machine there are fewer runs. */
const LONGEST_TEST_MS = 10_000;

let cluster: TestCluster;
let twins: Twins;
let operator: RawClient;

/** Two new nodes: numbers begin at 1, and nothing is on them. */
async function startAnew(): Promise<void> {
  await cluster.node(0).restart();
  twins = new Twins(cluster.node(0).endpoint);
  operator = await RawClient.connect(cluster.node(0).port);
  // What the operator and the start of the server did on the real one.
  twins.dialMemory();
  const starter = twins.dialMemory();
  starter.stats(() => starter.destroy());
  await twins.pause();
}

async function end(): Promise<void> {
  twins.close();
  await operator.close();
}

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, redis: false, binlog: false });
  await startAnew();
});
afterAll(async () => {
  await end();
  await cluster.stop();
});

type Step =
  | { readonly do: 'put'; readonly put: Omit<PutCommand, 'tube' | 'byteLength'> }
  | { readonly do: 'command'; readonly name: string; readonly command: (id: number, tube: string) => Command }
  | { readonly do: 'hang up' }
  | { readonly do: 'kick'; readonly bound: number };
/** By which connection, and on which job or tube. */
interface Played {
  readonly step: Step;
  readonly by: number;
  readonly on: number;
}

const priority = fc.constantFrom(0, 1, 5, 1_023, 1_024, 4_294_967_295);
const delaySeconds = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1_000, 2_000, 4_294_967_295) },
);
const ttrSeconds = fc.oneof({ weight: 6, arbitrary: fc.constant(60) }, { weight: 1, arbitrary: fc.constantFrom(0, 1) });
const body = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', 'a', 'ümläut €', Buffer.from([0, 13, 10, 255])) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(65_535), 'x'.repeat(65_536)) },
);

const command = (name: string, of: (id: number, tube: string) => Command): Step => ({
  do: 'command',
  name,
  command: of,
});
const often = (weight: number, arbitrary: fc.Arbitrary<Step>): fc.WeightedArbitrary<Step> => ({ weight, arbitrary });

const step: fc.Arbitrary<Step> = fc.oneof(
  often(
    10,
    fc.record({ priority, delaySeconds, ttrSeconds, body }).map((put): Step => ({ do: 'put', put })),
  ),
  often(8, fc.constant(command('reserve', () => (to, done) => to.reserve(0, done)))),
  often(2, fc.constant(command('reserve that waits', () => (to, done) => to.reserve(30, done)))),
  often(2, fc.constant(command('reserve-job', (id) => (to, done) => to.reserveJob(id, done)))),
  often(4, fc.constant(command('delete', (id) => (to, done) => to.delete(id, done)))),
  often(
    4,
    fc
      .record({ priority, delaySeconds })
      .map((to) => command('release', (id) => (node, done) => node.release(id, to.priority, to.delaySeconds, done))),
  ),
  often(
    4,
    priority.map((to) => command('bury', (id) => (node, done) => node.bury(id, to, done))),
  ),
  often(2, fc.constant(command('touch', (id) => (to, done) => to.touch(id, done)))),
  often(3, fc.constant(command('kick-job', (id) => (to, done) => to.kickJob(id, done)))),
  often(2, fc.constant(command('peek', (id) => (to, done) => to.peek(id, done)))),
  often(
    4,
    fc
      .constantFrom('ready' as const, 'delayed' as const, 'buried' as const)
      .map((state) => command(`peek-${state}`, (_id, tube) => (to, done) => to.peekFirst(tube, state, done))),
  ),
  often(3, fc.constant(command('watch', (_id, tube) => (to, done) => to.watchOnly(tube, done)))),
  often(4, fc.constant(command('stats-job', (id) => (to, done) => to.statsJob(id, done)))),
  often(3, fc.constant(command('stats-tube', (_id, tube) => (to, done) => to.statsTube(tube, done)))),
  often(2, fc.constant(command('stats', () => (to, done) => to.stats(done)))),
  often(2, fc.constant<Step>({ do: 'hang up' })),
  often(
    1,
    fc.nat(3).map((bound): Step => ({ do: 'kick', bound })),
  ),
);

/**
 * How much beanstalkd still obeys of what is queued behind a reserve when the connection ends depends on when the kernel tells it of the
 * end. The first line is always obeyed; a change of tube is a line of its own there, and part of the command in memory.
 */
function endsAlike({ open: [, queued, ...more] }: Twin): boolean {
  return queued === undefined || (more.length === 0 && !/ (?:watch|put|peek-)/.test(` ${queued.what}`));
}

const CLIENTS = 3;
let runs = 0;

/** One run: some connections, two tubes of their own, and what was put. */
class Play {
  readonly #tubes = [`twin-${++runs}-a`, `twin-${runs}-b`];
  readonly #clients = Array.from({ length: CLIENTS }, () => twins.dial());
  readonly #numbers: number[] = [];

  async begin(): Promise<void> {
    twins.story = [];
    for (const client of this.#clients) await this.#watch(client);
  }

  async play({ step, by, on }: Played): Promise<void> {
    const client = this.#clients[by]!;
    const tube = this.#tubes[on % 2]!;
    const number = this.#numbers[on % (this.#numbers.length + 1)] ?? 4_000_000_000;
    // When two were to go on at once, the order of their commands would be anybody's.
    const queues = (one: Twin): boolean => one.open.length > 1;
    if (client.open.length > 0 && this.#clients.some((other) => other !== client && queues(other))) return;
    switch (step.do) {
      case 'put': {
        const put = { ...step.put, tube, byteLength: Buffer.byteLength(step.put.body) };
        const { priority, delaySeconds, ttrSeconds, byteLength } = put;
        // What fills the socket keeps the end of the connection from beanstalkd.
        if (client.open.length > 0 && byteLength > 1_000) break;
        const what = `${by} put ${tube} ${priority} ${delaySeconds} ${ttrSeconds} ${byteLength}`;
        const told = await twins.ask(client, what, (to, done) => to.put(put, done));
        if (told.startsWith('INSERTED')) this.#numbers.push(Number(told.slice(9)));
        break;
      }
      case 'command': {
        const what = `${by} ${step.name} ${number} ${tube}`;
        await twins.ask(client, what, step.command(number, tube));
        break;
      }
      case 'hang up': {
        if (!endsAlike(client)) return;
        twins.story.push(`${by} hangs up`);
        client.destroy();
        await twins.seen();
        this.#clients[by] = twins.dial();
        await twins.settle([client]);
        await this.#watch(this.#clients[by]);
        break;
      }
      case 'kick': {
        // What went on then would see the operator use the tube.
        if (this.#clients.some(queues)) return;
        twins.story.push(`an operator kicks ${step.bound} of ${tube}`);
        const real = await operator.kick(tube, step.bound);
        await operator.kick('default', 0);
        expect(twins.memory.kick(tube, step.bound)).toBe(real);
        break;
      }
    }
    await twins.settle(this.#clients);
  }

  async end(): Promise<void> {
    const cleaner = twins.dial();
    for (let round = 0; !this.#clients.every(endsAlike); round++) await this.#feed(cleaner, round);
    for (const client of this.#clients) {
      client.destroy();
      await twins.seen();
      await twins.settle(this.#clients);
    }
    for (const { id } of [...twins.memory.jobs()]) {
      await twins.ask(cleaner, `clean ${id}`, (to, done) => to.delete(id, done));
    }
    cleaner.destroy();
    await twins.seen();
  }

  /** A job for every reserve that waits, so that what is queued behind it goes on. */
  async #feed(by: Twin, round: number): Promise<void> {
    for (const tube of this.#tubes) {
      const put = { tube, priority: 0, delaySeconds: 0, ttrSeconds: 60, body: '', byteLength: 0 };
      await twins.ask(by, `feed ${round} ${tube}`, (to, done) => to.put(put, done));
      await twins.settle(this.#clients);
    }
  }

  async #watch(client: Twin): Promise<void> {
    await twins.ask(client, 'watch', (to, done) => to.watchOnly(this.#tubes[0]!, done));
  }
}

describe('a node in memory', () => {
  it('answers whatever it is told as beanstalkd does', async () => {
    const played: fc.Arbitrary<Played> = fc.record({ step, by: fc.nat(CLIENTS - 1), on: fc.nat(11) });
    const enough = performance.now() + LONGEST_TEST_MS;
    await fc.assert(
      fc.asyncProperty(fc.array(played, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
        const start = performance.now();
        if (start > enough) return;
        const play = new Play();
        try {
          await play.begin();
          for (const one of steps) {
            await play.play(one);
            if (performance.now() - start > LONGEST_RUN_MS) break;
          }
          await play.end();
        } catch (error) {
          const late = performance.now() - start > LONGEST_RUN_MS;
          await end();
          await startAnew();
          if (!late) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
