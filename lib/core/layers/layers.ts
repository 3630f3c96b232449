import type { DqJob } from '../consumer/dq-job.js';
import type { Handler } from '../consumer/run.js';
import { DqLayerError, DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { DqLayerHost, DqScheduleCall, DqScheduleNext } from './layer.js';

type Headers = Readonly<Record<string, string>>;
/** What layers add to a job. */
export interface Added {
  readonly headers: Headers;
  /** Left out together where the job would be too large with them. */
  readonly optional: Headers;
}
/** Schedules a job with that. */
export type Write = (added: Added) => Promise<string>;
/** All layers around one call. */
export type AroundSchedule = (call: DqScheduleCall, write: Write) => Promise<string>;

const NOTHING: Added = { headers: {}, optional: {} };
const METHODS = ['job', 'schedule', 'event', 'background'] as const;

interface Layer {
  readonly host: DqLayerHost;
  readonly order: number;
}

/** The layers of an application, the outermost first: by `order`, then as they were added. */
export class Layers {
  /** Undefined while no layer has the method `schedule`. */
  schedule: AroundSchedule | undefined;
  #layers: readonly Layer[] = [];

  /** @throws DqOptionsError for what has none of the methods */
  add(host: DqLayerHost, order = 0): void {
    const methods = METHODS.map((name): unknown => host[name]).filter((method) => method !== undefined);
    if (methods.length === 0 || methods.some((method) => typeof method !== 'function')) {
      throw new DqOptionsError(
        `Expected the layer ${nameOf(host)} to have one of the methods ${METHODS.join(', ')}, got ${shown(methods[0])}.`,
      );
    }
    this.#layers = [...this.#layers, { host, order }].toSorted((one, other) => one.order - other.order);
    this.schedule = this.#composeSchedule();
  }

  /** The handler inside the layers; itself when there are none. */
  around(handler: Handler): Handler {
    return this.#having('job').reduceRight((inner, layer) => aroundJob(layer, inner), handler);
  }

  #composeSchedule(): AroundSchedule | undefined {
    const layers = this.#having('schedule');
    if (layers.length === 0) return undefined;
    return (call, write) => layers.reduceRight((inner, layer) => aroundCall(layer, call, inner), write)(NOTHING);
  }

  #having<Name extends keyof DqLayerHost>(name: Name): readonly (DqLayerHost & Required<Pick<DqLayerHost, Name>>)[] {
    return this.#layers
      .map(({ host }) => host)
      .filter((host): host is DqLayerHost & Required<Pick<DqLayerHost, Name>> => host[name] !== undefined);
  }
}

function aroundJob(layer: DqLayerHost & Required<Pick<DqLayerHost, 'job'>>, inner: Handler): Handler {
  return async (_data: unknown, job: DqJob): Promise<unknown> => {
    const { next, settled } = once(layer, 'job', async () => await inner(job.data, job));
    const result = await layer.job(job, next);
    // A layer that does not wait for it must not end the job while its handler runs.
    const given = await settled();
    return result === undefined ? given : result;
  };
}

function aroundCall(
  layer: DqLayerHost & Required<Pick<DqLayerHost, 'schedule'>>,
  call: DqScheduleCall,
  inner: Write,
): Write {
  return async (outer) => {
    let added = outer;
    const { next } = once(layer, 'schedule', () => inner(added));
    const handle: unknown = await layer.schedule(call, (more) => {
      added = withMore(outer, more);
      return next();
    });
    if (typeof handle === 'string') return handle;
    throw new DqLayerError(
      `Expected the method schedule of the layer ${nameOf(layer)} to return the handle that next() gave, got ${shown(handle)}.`,
    );
  };
}

function withMore({ headers, optional }: Added, more: Parameters<DqScheduleNext>[0]): Added {
  return more?.optional === true
    ? { headers, optional: { ...optional, ...more.headers } }
    : { headers: { ...headers, ...more?.headers }, optional };
}

/** The `next` of one layer in one call. */
function once<Value>(layer: DqLayerHost, method: string, work: () => Promise<Value>) {
  let first: Promise<Value> | undefined;
  const next = (): Promise<Value> => {
    const result = first === undefined ? work() : Promise.reject(calledAgain(layer, method));
    first ??= result;
    // The layer may leave it unwatched, which must not end the process.
    result.catch(() => {});
    return result;
  };
  /** What the work came to; undefined when it was not begun or failed, which the layer was told. */
  const settled = (): Promise<Value | undefined> => first?.catch(() => undefined) ?? Promise.resolve(undefined);
  return { next, settled };
}

function calledAgain(layer: DqLayerHost, method: string): DqLayerError {
  return new DqLayerError(
    `Expected the method ${method} of the layer ${nameOf(layer)} to call next() once, but it called it again.`,
  );
}

/** How errors and log lines call a layer. */
export function nameOf(host: DqLayerHost): string {
  const name: unknown = host.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'without a class';
}
