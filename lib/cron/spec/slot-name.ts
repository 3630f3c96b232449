import { DqScheduleError } from '../../core/errors/argument.errors.js';
import { shown } from '../../core/errors/shown.js';
import { rhythmOf, type Spec } from './spec.js';

/** What a job's id may have, but for the sign that parts an occurrence's. */
const NAME = /^[A-Za-z0-9._:@+=-]{1,80}$/;

/** @throws DqScheduleError */
export function checkScheduleName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new DqScheduleError(
    `Expected a schedule's name of 1 to 80 letters, digits or . _ : @ + = -, got ${shown(name)}. Encode other characters, or take a hash.`,
  );
}

/** `mark` tells a schedule's definition from others under its name. */
export function occurrenceId(name: string, mark: string, slot: string): string {
  return `~${name}~${mark}~${slot}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Names a slot so that no other of its schedule has the same name. A fixed time is named by the clock on the wall: two processes that know
 * different rules of a zone mean the same occurrence. Other slots are named by the moment.
 */
export function slotName(spec: Spec, slotMs: number): string {
  const { cron, zone = 'UTC' } = spec;
  if (cron === undefined) return String(slotMs);
  if (rhythmOf(spec).isFixedTime !== true) return String(slotMs / 1000);
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(slotMs).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${of('year')}${of('month')}${of('day')}T${of('hour')}${of('minute')}${of('second')}`;
}

/** From 0 up to, not including, 1: the same for one occurrence, wherever it is asked for. FNV-1a. */
export function fractionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
