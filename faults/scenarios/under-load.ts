import type { AppOptions } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import type { LoadPlan } from '../worker/job-plan.js';
import type { Worker } from '../worker/worker.js';

/** Jobs that one producer schedules for some consumers. */
export interface Load extends Pick<LoadPlan, 'acts' | 'revokes'> {
  /** How many, and how many a second. Default: 2,400 at 100. */
  readonly full?: readonly [count: number, perSecond: number];
  /** The same of a short run. Default: 300 at 60. */
  readonly short?: readonly [count: number, perSecond: number];
  /** Jobs are due at once, or up to this part of the time in which they are scheduled later. */
  readonly spread: number;
  readonly producer?: AppOptions;
  /** Default: two. */
  readonly consumers?: readonly AppOptions[];
}

/** What goes on while jobs are scheduled. */
export interface UnderLoad {
  /** For how long, in milliseconds. */
  readonly lasts: number;
  /** Resolves when each call was answered. */
  readonly load: Promise<void>;
  readonly consumers: Worker[];
}

/** Plays `run` while a load is scheduled. */
export async function underLoad(
  testbed: Testbed,
  { full = [2_400, 100], short = [300, 60], spread, producer: app, consumers: apps = [{}, {}], ...plan }: Load,
  run: (under: UnderLoad) => Promise<void>,
): Promise<void> {
  const [producer, ...consumers] = await Promise.all([
    testbed.producer(app),
    ...apps.map((app) => testbed.consumer(app)),
  ]);
  const [count, perSecond] = testbed.pick(full, short);
  const lasts = (count / perSecond) * 1_000;
  const load = producer.load(testbed.plan({ ...plan, count, perSecond, delayMs: [0, lasts * spread] }));
  await run({ lasts, load, consumers });
  await load;
}
