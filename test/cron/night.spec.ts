// A night in which no process was there: what lies on the nodes then is put there, since nobody can wait for a morning.
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DqEvent, DqHandler, type DqJob, DqModule } from 'nestjs-dq';
import { DqCronModule, type DqScheduleRules } from 'nestjs-dq/cron';
import type { ScheduleTurn } from '../../lib/core/claims/schedule-claims.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { definitionOf, definitionText, markOf } from '../../lib/cron/definition.js';
import { Schedules } from '../../lib/cron/schedules.js';
import { readSpec } from '../../lib/cron/spec/spec.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { until } from '../support/wait.js';

const MINUTE = 60_000;
const NIGHT = 40;

interface Run {
  readonly name: string;
  readonly slot: number;
  readonly missed: number;
}

let cluster: TestCluster;
let tubes = 0;
let runs: Run[] = [];
let events: DqEvent[] = [];
const open: INestApplicationContext[] = [];

beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
  runs = [];
  events = [];
});
afterAll(() => cluster.stop());

async function start(tube: string, handles: boolean): Promise<INestApplicationContext> {
  @Injectable()
  class Jobs {
    run(_data: unknown, { schedule }: DqJob): void {
      if (schedule !== undefined) runs.push({ ...schedule, slot: schedule.slot.getTime() });
    }
  }
  if (handles) {
    const method = Object.getOwnPropertyDescriptor(Jobs.prototype, 'run') as PropertyDescriptor;
    DqHandler(tube)(Jobs.prototype, 'run', method);
  }
  @Module({
    imports: [
      DqModule.forRoot({
        beanstalks: cluster.endpoints,
        redis: cluster.redisUrl,
        tubes: [tube],
        logger: false,
        onEvent: (event) => void events.push(event),
      }),
      DqCronModule.forRoot(),
    ],
    providers: [Jobs],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  open.push(app);
  return app;
}

/** A schedule each minute whose last consumers went away forty minutes ago. Returns its first slot that nobody ran. */
async function lastNight(app: INestApplicationContext, tube: string, name: string, rules: DqScheduleRules) {
  const { store } = app.get(DqRuntime).parts;
  const definition = definitionOf(readSpec({ every: '1m', ...rules }, name), 'null');
  const text = definitionText(definition);
  const mark = markOf(text);
  const now = await store.schedules.now(tube);
  const slotMs = MINUTE * (Math.floor(now / MINUTE) - NIGHT + 1);
  const turn: ScheduleTurn = { slotMs, dueMs: slotMs, run: 1, missed: 0 };
  const [put] = await store.schedules.upsert(tube, [{ name, mark, text, turn }]);
  await app.get(Schedules, { strict: false }).write({ tube, name, mark, rev: put?.rev ?? 0, definition }, turn);
  return slotMs;
}

const of = (name: string): Run[] => runs.filter((run) => run.name === name);

describe('forty minutes without a process', () => {
  it('are made up for as missed says, once in a whole fleet', async () => {
    const tube = `night-${++tubes}`;
    const writing = await start(tube, false);
    const first = await lastNight(writing, tube, 'once', {});
    await lastNight(writing, tube, 'skip', { missed: 'skip' });
    await lastNight(writing, tube, 'all', { missed: 'all', missedWindow: '30m' });
    await lastNight(writing, tube, 'each', { missed: 'all' });
    await Promise.all([start(tube, true), start(tube, true), start(tube, true)]);
    await until(() => of('each').length >= NIGHT && of('all').length >= NIGHT - 10 && of('once').length >= 1, {
      timeout: 40_000,
      what: 'the night to be made up for',
    });
    const [once] = of('once') as [Run];
    // A minute may go by meanwhile.
    expect(once.slot).toBe(first + once.missed * MINUTE);
    expect(once.missed).toBeGreaterThanOrEqual(NIGHT - 1);
    for (const name of ['once', 'skip', 'all', 'each']) {
      const slots = of(name).map(({ slot }) => slot);
      expect({ name, slots: [...new Set(slots)].toSorted((a, b) => a - b) }).toEqual({ name, slots });
    }
    expect(of('each')[0]?.slot).toBe(first);
    expect(of('each').map(({ slot }) => slot)).toEqual(of('each').map((_, at) => first + at * MINUTE));
    const all = of('all').map(({ slot }) => slot);
    expect(all).toEqual(all.map((_, at) => (all[0] as number) + at * MINUTE));
    expect([9, 10, 11]).toContain(((all[0] as number) - first) / MINUTE);
    expect(of('skip').length).toBeLessThanOrEqual(2);
    const missed = events.flatMap((event) => (event.type === 'schedule-missed' ? [[event.name, event.missed]] : []));
    expect(new Set(missed.map(([name]) => name))).toEqual(new Set(['all', 'skip']));
    expect(new Map(missed as [string, number][]).get('all')).toBe(((all[0] as number) - first) / MINUTE);
  }, 90_000);
});
