import type { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { decoratable } from './dq.explorer.js';
import { classOf, prototypesOf } from './dq.marked-methods.js';
import { Marks } from './dq.marks.js';

/** What `nestjs-dq/cron` leaves on the prototypes of classes, and the token that its module provides. */
export const CRON_MARK = 'nestjs-dq:crons';
export const CRON_TOKEN = Symbol.for('nestjs-dq/cron options');

/** @throws DqHandlerError for a method with `@DqCron` where nobody would run it */
export function requireCronModule(discovery: DiscoveryService, modules: ModulesContainer): void {
  if ([...modules.values()].some(({ providers }) => providers.has(CRON_TOKEN))) return;
  const marks = new Marks<{ readonly methodName: string }>(CRON_MARK);
  const [first] = decoratable(discovery, (_, prototype) =>
    prototypesOf(prototype).flatMap((place) =>
      marks.on(place).map(({ methodName }) => `${classOf(prototype)}.${methodName}`),
    ),
  );
  if (first === undefined) return;
  throw new DqHandlerError(
    `Expected DqCronModule in the application, since ${first} has @DqCron, got none: it would never run. Import ` +
      "DqCronModule.forRoot({ tube: 'crons' }) of nestjs-dq/cron beside DqModule.",
  );
}
