import type { Worker } from '../worker/worker.js';
import type { Recurring } from '../worker/messages.js';
import { TUBE } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import { countCopies } from '../servers/leftovers.js';
import type { Row, Scenario } from './scenario.js';
import { alwaysGrants, runsEarly, settlesFirst } from './usual.js';

const EVERY_MS = 1_000;
/** Handlers are in the middle of a run when their process is killed. */
const TAKES_MS = 400;
/** Every process has declared it by then. */
const AHEAD_MS = 4_000;
/** A slot is over by then, and the next one is not begun. */
const BETWEEN_MS = 700;
const EACH_KILLED = 5;
/** For a slot to begin. */
const PATIENCE_MS = 15_000;

interface Fleet {
  readonly slots: number;
  /** Resolves when this slot is over and the next one is not begun. */
  readonly behind: (slot: number) => Promise<void>;
  /** Kills the process that runs this slot, and starts another one. */
  readonly killRunner: (slot: number) => Promise<void>;
}

/** A row with a fleet whose processes all declare one job that recurs every second; each slot is asked for, once. */
function fleet(
  own: Omit<Row, 'id'>,
  fault: (testbed: Testbed, fleet: Fleet) => Promise<void>,
  shims: readonly string[] = [],
): Scenario {
  return {
    id: 'F19',
    ...own,
    async play(testbed) {
      const { clock, history } = testbed;
      const slots = testbed.pick(60, 16);
      const fromMs = EVERY_MS * Math.ceil((clock.now() + testbed.pick(2, 1) * AHEAD_MS) / EVERY_MS);
      const toMs = fromMs + (slots - 1) * EVERY_MS;
      const recurring: Recurring = { tube: TUBE, fromMs, toMs, everyMs: EVERY_MS, takesMs: TAKES_MS };
      const nodes = testbed.servers.nodes.map((_, at) => testbed.endpoint(at));
      const by = 'the schedule';
      for (let seq = 0; seq < slots; seq++) {
        history.happened({ kind: 'call', by, seq, dueMs: fromMs + seq * EVERY_MS });
        history.happened({ kind: 'acked', by, seq, id: `slot-${seq}`, nodes });
      }
      const count = testbed.pick(6, 3);
      await Promise.all(Array.from({ length: count }, (_, at) => testbed.consumer({ recurring, shim: shims[at] })));
      const until = (slot: number, ms: number): Promise<void> =>
        testbed.sleep(Math.max(0, fromMs + slot * EVERY_MS + ms - clock.now()));
      const runner = (slot: number): Worker | undefined => {
        const run = history.of('start').findLast(({ seq }) => seq === slot);
        return testbed.workers.find(({ name, running }) => running && name === run?.by);
      };
      await fault(testbed, {
        slots,
        behind: (slot) => until(slot, BETWEEN_MS),
        killRunner: async (slot) => {
          await until(slot, TAKES_MS / 4);
          await testbed.eventually(() => runner(slot) !== undefined, PATIENCE_MS);
          const killed = runner(slot);
          await testbed.during(`${killed?.name ?? 'nobody'} killed`, [], async () => {
            await killed?.kill();
            await testbed.consumer({ recurring });
          });
        },
      });
      await testbed.ended(testbed.pick(60_000, 30_000));
    },
  };
}

/** One process after the other is killed in the middle of a slot, and one node dies halfway. `between` is done behind each slot. */
async function killed(testbed: Testbed, fleet: Fleet, between?: (slot: number) => Promise<void>): Promise<void> {
  const { slots } = fleet;
  for (let slot = 0; slot < slots - EACH_KILLED / 2; slot++) {
    if (slot > 0 && slot % EACH_KILLED === 0) await fleet.killRunner(slot);
    await fleet.behind(slot);
    await between?.(slot);
    if (slot !== slots / 2) continue;
    await testbed.servers.node(2).kill();
    testbed.history.happened({ kind: 'fault', name: 'node 3 dead', on: true, nodes: [testbed.endpoint(2)] });
  }
}

/** One or two are on their way, whatever becomes of Redis. */
const MOST_COPIES = 2;
const HOUR_MS = 3_600_000;

export const recurring: readonly Scenario[] = [
  fleet(
    {
      variant: 'cron',
      title: 'a job that recurs each second, whose processes are killed in the middle of it; a node dies halfway',
      expect: { again: ['died'] },
      control: settlesFirst,
    },
    killed,
  ),
  fleet(
    {
      variant: 'flushed',
      title: 'the same, and Redis forgets all and ends all connections, twice',
      // What a process has run that is killed before Redis forgets it, nobody can tell again: a late copy of that runs once more, as any job's does.
      expect: { again: ['died', 'store lost'] },
      control: {
        what: 'each write of an occurrence has a claim of its own',
        name: 'no-slot-claim',
        where: 'consumers',
        shows: ['twice'],
      },
    },
    (testbed, fleet) => {
      // Before the node dies: where it returns, copies of what was run before Redis forgot that would be run again.
      const slots = testbed.pick([12, 22], [2, 7]);
      return killed(testbed, fleet, async (slot) => {
        if (!slots.includes(slot)) return;
        await testbed.forgetting(() => testbed.redis((redis) => redis.flushall()));
        // As where it starts again: each process finds it back, and puts in what nobody knows.
        await testbed.redis((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
      });
    },
  ),
  fleet(
    {
      variant: 'redis-away',
      title:
        'a job that recurs each second, while Redis is away: its slots do not pile up on the nodes, and are all run then',
      expect: {},
      control: alwaysGrants,
    },
    async (testbed, { slots, behind }) => {
      const { servers } = testbed;
      await behind(slots / 4);
      await testbed.during('redis away', [], async () => {
        await servers.redis.kill();
        await behind(slots / 2);
        const copies = await Promise.all(servers.nodes.map((node) => countCopies(node)));
        const most = Math.max(...copies.map(({ ready, reserved, delayed }) => ready + reserved + delayed));
        if (most > MOST_COPIES) throw new Error(`expected at most ${MOST_COPIES} copies on a node, got ${most}`);
        await servers.redis.start();
      });
    },
  ),
  fleet(
    {
      variant: 'clocks',
      title: 'a job that recurs each second, with the clock of one process an hour forward, and of another 5 s back',
      needs: 'shim',
      servers: { shimmed: true },
      expect: {},
      control: runsEarly,
    },
    async ({ servers }, { slots, behind }) => {
      await behind(slots / 4);
      servers.shim('app-1').stepClock(HOUR_MS);
      servers.shim('app-2').stepClock(-5_000);
      await behind(slots / 2);
      servers.shim('app-1').stepClock(0);
      servers.shim('app-2').stepClock(0);
    },
    ['app-1', 'app-2'],
  ),
];
