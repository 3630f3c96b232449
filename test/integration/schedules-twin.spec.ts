// Schedules in memory and in Redis: the same commands, whatever they are, get the same answers.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { systemClock } from '../../lib/core/base/clock.js';
import type { KnownSchedule, ScheduleClaims, ScheduleTurn } from '../../lib/core/claims/schedule-claims.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../lib/embedded/claims/memory-claim-store.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

const DAY_MS = 86_400_000;
const PAST = Date.now() - DAY_MS;

let cluster: TestCluster;
let redis: RedisClaimStore;
let tubes = 0;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
  redis = new RedisClaimStore(new RedisConnection(cluster.redisUrl, 3_000, systemClock, () => {}), DAY_MS, systemClock);
}, 30_000);
afterAll(async () => {
  await redis.close();
  await cluster.stop();
});

type Rev = 'none' | 'known' | 'later';
type Command =
  | {
      readonly kind: 'upsert';
      readonly name: string;
      readonly mark: string;
      readonly turn: ScheduleTurn | undefined;
      readonly missing: boolean;
    }
  | {
      readonly kind: 'step';
      readonly name: string;
      readonly mark: string;
      readonly rev: Rev;
      readonly turn: ScheduleTurn;
      readonly next: ScheduleTurn | 'none' | undefined;
    }
  | { readonly kind: 'written'; readonly name: string; readonly slotMs: number }
  | { readonly kind: 'pause'; readonly name: string; readonly paused: boolean }
  | { readonly kind: 'remove' | 'get'; readonly name: string }
  | { readonly kind: 'overdue' | 'list' };

const names = fc.constantFrom('one', 'two');
const marks = fc.constantFrom('m1', 'm2');
const slots = fc.integer({ min: 0, max: 4 }).map((at) => PAST + at * 1_000);
const turns: fc.Arbitrary<ScheduleTurn> = fc.record(
  {
    slotMs: slots,
    dueMs: slots,
    run: fc.integer({ min: 1, max: 3 }),
    missed: fc.integer({ min: 0, max: 2 }),
    lastMs: slots,
  },
  { requiredKeys: ['slotMs', 'dueMs', 'run', 'missed'] },
);
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('upsert' as const),
    name: names,
    mark: marks,
    turn: fc.option(turns, { nil: undefined }),
    missing: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('step' as const),
    name: names,
    mark: marks,
    rev: fc.constantFrom<Rev>('none', 'known', 'known', 'later'),
    turn: turns,
    next: fc.oneof(turns, turns, fc.constant('none' as const), fc.constant(undefined)),
  }),
  fc.record({ kind: fc.constant('written' as const), name: names, slotMs: slots }),
  fc.record({ kind: fc.constant('pause' as const), name: names, paused: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'get' as const), name: names }),
  fc.record({ kind: fc.constantFrom('overdue' as const, 'list' as const) }),
);

/** One of the two, and the revisions that it has given. */
class Twin {
  readonly #revs = new Map<string, number>();

  constructor(
    readonly schedules: ScheduleClaims,
    readonly tube: string,
  ) {}

  /** What it answers, without what its clock alone decides. */
  async play(command: Command): Promise<unknown> {
    const { schedules, tube } = this;
    switch (command.kind) {
      case 'upsert': {
        const { name, mark, turn, missing } = command;
        const [answer] = await schedules.upsert(tube, [{ name, mark, text: mark, turn }], missing);
        if (answer !== undefined && answer.rev > 0) this.#revs.set(name, answer.rev);
        return { ...answer, rev: undefined };
      }
      case 'step': {
        const { name, mark, turn, next } = command;
        const known = this.#revs.get(name) ?? 1;
        const rev = { none: 0, known, later: known + 10 * DAY_MS }[command.rev];
        return schedules.step(tube, { name, mark, text: mark, rev, turn, next });
      }
      case 'written':
        return schedules.written(tube, command.name, command.slotMs);
      case 'pause':
        return schedules.pause(tube, command.name, command.paused);
      case 'remove':
        return schedules.remove(tube, command.name);
      case 'get':
        return shown(await schedules.get(tube, command.name));
      case 'overdue': {
        const { overdue, missing, nextMs } = await schedules.overdue(tube, 0, ['one', 'two', 'three']);
        return { overdue: overdue.map(shown).toSorted(byName), missing: missing.toSorted(), nextMs };
      }
      case 'list': {
        const all: KnownSchedule[] = [];
        for await (const one of schedules.list(tube)) all.push(one);
        return all.map(shown).toSorted(byName);
      }
    }
  }
}

function shown(known: KnownSchedule | undefined): Omit<KnownSchedule, 'rev'> | undefined {
  if (known === undefined) return undefined;
  const { rev: _, ...rest } = known;
  return rest;
}

function byName(one: { name: string } | undefined, other: { name: string } | undefined): number {
  return String(one?.name).localeCompare(String(other?.name));
}

const AT_ONCE: ScheduleTurn = { slotMs: PAST, dueMs: PAST, run: 1, missed: 0 };
/** What has been removed is not there, whatever is left of it: its revision is nobody's. */
const removedBefore: Command[] = [
  { kind: 'remove', name: 'two' },
  { kind: 'upsert', name: 'two', mark: 'm1', turn: undefined, missing: true },
  { kind: 'step', name: 'two', mark: 'm1', rev: 'later', turn: AT_ONCE, next: AT_ONCE },
];

describe('schedules in memory beside schedules in Redis', () => {
  it('get the same answers to the same commands, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 1, maxLength: 25 }), async (played) => {
        const tube = `twins-${++tubes}`;
        const memory = new MemoryClaimStore(new ClaimTable(DAY_MS, systemClock));
        const twins = [new Twin(memory.schedules, tube), new Twin(redis.schedules, tube)];
        for (const command of [...played, { kind: 'list' }, { kind: 'overdue' }] satisfies readonly Command[]) {
          const [mine, theirs] = await Promise.all(twins.map((twin) => twin.play(command)));
          expect({ command, answer: mine }).toEqual({ command, answer: theirs });
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 20_000, examples: [[removedBefore]] },
    );
  }, 60_000);
});
