import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { DqScheduleError } from '../core/errors/argument.errors.js';
import { knownKeys } from '../core/options/option-checks.js';
import { decoratable, type FoundHandler, titleOf } from '../nest/dq.explorer.js';
import { classOf, markedMethods } from '../nest/dq.marked-methods.js';
import { CRON_OPTIONS, type DqCronOptions, timesOf } from './cron-options.js';
import { CRON_MARKS, type CronMark } from './cron.decorator.js';
import { checkScheduleName } from './spec/slot-name.js';
import { readSpec, type Spec } from './spec/spec.js';

/** A method with `@DqCron`, and where it stands. */
export interface FoundCron {
  readonly name: string;
  readonly spec: Spec;
  readonly options: DqCronOptions;
  readonly handler: FoundHandler;
}

/**
 * The methods that `@DqCron` marked, among providers and controllers, as handlers of `tube`.
 * @throws DqScheduleError for a schedule that nobody can keep; DqOptionsError
 */
export function foundCrons(discovery: DiscoveryService, tube: string): readonly FoundCron[] {
  return decoratable(discovery, (wrapper, prototype) => {
    const { host } = wrapper;
    if (host === undefined) return [];
    const at = { classRef: prototype.constructor as Type, className: classOf(prototype), wrapper, host, tube };
    // A subclass that overrides a method is called in its place.
    return markedMethods(prototype, CRON_MARKS).map((marked) => toCron(marked, { ...marked, ...at, options: {} }));
  });
}

/** @throws DqScheduleError for two of one name */
export function requireUnlike(all: readonly FoundCron[]): void {
  const byName = new Map<string, FoundCron>();
  for (const cron of all) {
    const other = byName.get(cron.name);
    if (other !== undefined) {
      throw new DqScheduleError(
        `Expected one @DqCron of the name '${cron.name}', got ${titleOf(other.handler)} and ${titleOf(cron.handler)}. Give each a name of its own.`,
      );
    }
    byName.set(cron.name, cron);
  }
}

function toCron({ times, options }: Pick<CronMark, 'times' | 'options'>, handler: FoundHandler): FoundCron {
  const where = `@DqCron of ${titleOf(handler)}`;
  knownKeys(options, `the options of ${where}`, CRON_OPTIONS);
  const spec = readSpec({ ...timesOf(times, where), ...options }, where);
  return { name: checkScheduleName(options.name ?? titleOf(handler)), spec, options, handler };
}
