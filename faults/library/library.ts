// Layers are marked with it.
import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Outcomes from '../../lib/core/consumer/outcome.js';
import type * as Dialer from '../../lib/core/beanstalkd/dialer.js';
import type * as Fivebeans from '../../lib/core/beanstalkd/fivebeans-client.js';
import type * as Options from '../../lib/core/options/resolve-options.js';
import type * as Clocks from '../../lib/core/base/clock.js';
import type * as ClaimStores from '../../lib/core/redis/redis-claim-store.js';
import type * as RedisConnections from '../../lib/core/redis/redis-connection.js';
import type * as Runtime from '../../lib/core/runtime.js';
import type * as Definitions from '../../lib/cron/definition.js';
import type * as OccurrenceLayers from '../../lib/cron/occurrence-layer.js';
import type * as ScheduleWatches from '../../lib/cron/schedule-watch.js';
import type * as AllSchedules from '../../lib/cron/schedules.js';
import type * as Specs from '../../lib/cron/spec/spec.js';

/** The built library that the run froze at its start: a build that comes in between must not change what is tested. */
async function load<Module>(file: string, part = 'core'): Promise<Module> {
  const folder = process.env.DQ_FAULTS_LIBRARY;
  if (folder === undefined) throw new Error('expected DQ_FAULTS_LIBRARY to name the folder of the built library');
  return (await import(pathToFileURL(join(folder, part, file)).href)) as Module;
}

export const { DqRuntime } = await load<typeof Runtime>('runtime.js');
export const { resolveOptions } = await load<typeof Options>('options/resolve-options.js');
export const { BeanstalkdDialer } = await load<typeof Dialer>('beanstalkd/dialer.js');
export const { FivebeansClient } = await load<typeof Fivebeans>('beanstalkd/fivebeans-client.js');
export const { RedisConnection } = await load<typeof RedisConnections>('redis/redis-connection.js');
export const { RedisClaimStore } = await load<typeof ClaimStores>('redis/redis-claim-store.js');
export const { DqAgain } = await load<typeof Outcomes>('consumer/outcome.js');
export const { systemClock } = await load<typeof Clocks>('base/clock.js');

export const { definitionOf } = await load<typeof Definitions>('definition.js', 'cron');
export const { OccurrenceLayer } = await load<typeof OccurrenceLayers>('occurrence-layer.js', 'cron');
export const { ScheduleWatch } = await load<typeof ScheduleWatches>('schedule-watch.js', 'cron');
export const { Schedules } = await load<typeof AllSchedules>('schedules.js', 'cron');
export const { readSpec } = await load<typeof Specs>('spec/spec.js', 'cron');
