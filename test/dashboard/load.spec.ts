// What many browsers, many tubes and many dead letters cost, on servers.
import { describe, expect, it } from '@jest/globals';
import { DqCronModule } from 'nestjs-dq/cron';
import type { DeadView, TubesView } from '../../lib/dashboard/wire.js';
import type { RawClient } from '../support/raw-client.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { dashboards, type OpenDashboard } from './dashboard-bed.js';

const bed = dashboards(new TestBed({ binlog: false }));
const TUBES = Array.from({ length: 200 }, (_, at) => `tube-${at}`);
const COUNTED = ['cmd-stats-tube', 'cmd-peek', 'cmd-peek-ready', 'cmd-peek-delayed', 'cmd-stats'] as const;

/** How many commands of each kind a node has got so far. */
function commands(node = 0): Promise<Readonly<Record<string, number>>> {
  return bed.servers.raw(node, async (client) => {
    const stats = await client.stats();
    return Object.fromEntries(COUNTED.map((name) => [name, Number(stats[name])]));
  });
}

async function costOf(act: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const before = await commands();
  await act();
  const after = await commands();
  return Object.fromEntries(COUNTED.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}

/** Ten browsers that ask again and again, three times each at least. Resolves to the seconds that it took. */
async function browse(app: OpenDashboard, ms: number): Promise<number> {
  const began = performance.now();
  const browser = async (): Promise<void> => {
    for (let asked = 0; asked < 3 || performance.now() < began + ms; asked++)
      await app.view<TubesView>('/dq/api/tubes');
  };
  await Promise.all(Array.from({ length: 10 }, browser));
  return (performance.now() - began) / 1_000;
}

/** Bodies that are no jobs, since what is shown of a dead letter costs the same. */
async function bury(client: RawClient, tube: string, count: number): Promise<void> {
  await client.command(`use ${tube}`);
  await client.command(`watch ${tube}`);
  const size = 1_000;
  for (let done = 0; done < count; done += size) {
    const reserved: ReturnType<RawClient['command']>[] = [];
    for (let at = 0; at < size; at++) {
      const body = `${done + at}`;
      void client.command(`put 0 0 600 ${body.length}`, body);
      reserved.push(client.command('reserve-with-timeout 0'));
    }
    await Promise.all((await Promise.all(reserved)).map(({ line }) => client.command(`bury ${line.split(' ')[1]} 0`)));
  }
}

describe('200 tubes', () => {
  it('cost a node one command each, and few more for what is due next', async () => {
    const app = await bed.open({ queue: { tubes: TUBES } });
    for (const tube of TUBES) await app.producer(tube).delay({}, '1h');
    // Third copies may come a little later; one that came after the end would be left.
    await until(async () => (await bed.servers.copiesOnEach()).every(({ delayed }) => delayed === TUBES.length));
    let view: TubesView | undefined;
    const cost = await costOf(async () => (view = await app.view<TubesView>('/dq/api/tubes')));
    // The default tube is declared too; 20 tubes are asked what is due next.
    expect(cost).toMatchObject({ 'cmd-stats-tube': 201, 'cmd-peek-ready': 20, 'cmd-peek-delayed': 20 });
    expect(view?.tubes.filter(({ next }) => next !== null)).toHaveLength(20);
    expect(view?.tubes.every(({ nodes }) => nodes.every(({ counts }) => counts !== null))).toBe(true);
    await bed.servers.wipe();
  });

  it('are asked once a second, however many browsers look, and never while nobody does', async () => {
    const app = await bed.open({ queue: { tubes: TUBES } });
    let seconds = 0;
    const cost = await costOf(async () => (seconds = await browse(app, 3_000)));
    const questions = (cost['cmd-stats-tube'] ?? 0) / 201;
    expect(questions).toBeGreaterThanOrEqual(1);
    expect(questions).toBeLessThanOrEqual(seconds + 1);
    expect(await costOf(() => new Promise((resolve) => setTimeout(resolve, 1_500)))).toMatchObject({
      'cmd-stats-tube': 0,
    });
  });
});

async function timed(view: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await view;
  return performance.now() - began;
}

describe('with 100,000 dead letters, 200 tubes and a node that hangs', () => {
  const VIEWS = ['meta', 'tubes', 'nodes', 'meters', 'tubes/tube-0/dead', 'schedules', 'key?tube=tube-0&key=none'];

  it('every view answers within its second, and says what it does not know', async () => {
    const app = await bed.open({ queue: { tubes: TUBES }, imports: [DqCronModule.forRoot({ tube: 'crons' })] });
    await bed.servers.raw(0, (client) => bury(client, 'tube-0', 100_000));
    await app.view('/dq/api/tubes');
    const [full, hung] = [bed.servers.cluster.node(0), bed.servers.cluster.node(2)];
    await hung.pause();
    // Twice the second: what waited for the node would take the five of a command's deadline, however often it is asked. A busy machine holds
    // up some of them.
    for (const name of VIEWS)
      await until(async () => (await timed(app.view(`/dq/api/${name}`))) < 2_000, { what: name });
    // What was not read within the second is known to be more.
    const { tubes } = await until(async () => {
      const view = await app.view<TubesView>('/dq/api/tubes');
      expect(view.tubes.every(({ nodes }) => nodes[2]?.counts === null)).toBe(true);
      return view.tubes[0]?.nodes[0]?.counts && view;
    });
    expect(tubes[0]?.nodes[0]?.counts?.dead).toBeGreaterThan(99_900);
    await until(async () => {
      const { letters, more, silent } = await app.view<DeadView>('/dq/api/tubes/tube-0/dead');
      expect([more, silent.length]).toEqual([true, 1]);
      return letters.length === 50;
    });
    hung.resume();
    // They keep nothing: to delete all one by one takes longer, and what the hung one was asked to try may be left there.
    for (const node of [full, hung]) {
      await node.kill();
      await node.start();
    }
  });
});
