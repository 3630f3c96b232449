import { inspect } from 'node:util';
import { DqOptionsError } from '../index.js';

/** What `DqOtelModule.forRoot` takes. */
export interface DqOtelOptions {
  /**
   * How the span of an attempt belongs to the one that scheduled its job. `link`: it begins a trace of its own, and links to the other. `parent`:
   * it is a child, so that one trace shows all. For short delays alone: a trace of days is never complete, and a sampler has decided long
   * before. @default 'link'
   */
  readonly relation?: 'link' | 'parent' | undefined;
  /** Counters, histograms and gauges by the API's global meter. @default true */
  readonly metrics?: boolean | undefined;
  /**
   * Also the gauges that ask all nodes whenever metrics are read: `dq.tube.copies`, `dq.tube.oldest_overdue` and `dq.tube.paused`. One process is enough:
   * all would tell the same. @default false
   */
  readonly observe?: boolean | undefined;
}

/** The same, with what was left out. */
export type ResolvedOtelOptions = { readonly [Name in keyof DqOtelOptions]-?: NonNullable<DqOtelOptions[Name]> };

const DEFAULTS: ResolvedOtelOptions = { relation: 'link', metrics: true, observe: false };

/** @throws DqOptionsError */
export function resolveOtelOptions(given: DqOtelOptions): ResolvedOtelOptions {
  if (typeof given !== 'object' || given === null) throw wrong('the options of DqOtelModule to be an object', given);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw wrong(`the options of DqOtelModule to have only ${Object.keys(DEFAULTS).join(', ')}`, name);
    }
  }
  const { relation = DEFAULTS.relation, metrics = DEFAULTS.metrics, observe = DEFAULTS.observe } = given;
  if (relation !== 'link' && relation !== 'parent') throw wrong("relation to be 'link' or 'parent'", relation);
  if (typeof metrics !== 'boolean') throw wrong('metrics to be true or false', metrics);
  if (typeof observe !== 'boolean') throw wrong('observe to be true or false', observe);
  if (observe && !metrics)
    throw new DqOptionsError('Expected metrics with observe, got metrics: false. Leave one out.');
  return { relation, metrics, observe };
}

function wrong(wanted: string, got: unknown): DqOptionsError {
  return new DqOptionsError(`Expected ${wanted}, got ${inspect(got, { depth: 0, maxStringLength: 80 })}.`);
}
