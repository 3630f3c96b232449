import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import {
  type DqEvent,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  type DqScheduleCall,
  type DqScheduleNext,
} from '../index.js';
import { messaging } from './attributes.js';
import { type Ending, endingOfError, endingOfResult, faultOf } from './ending.js';
import { TRACING_ORDER } from './tracing-layer.js';

/** Seconds, as the conventions for messaging advise. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Seconds, from a millisecond up to an hour. */
const LATENESS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600];
const MS = 1_000;

/** Counts and measures what jobs do. Attributes are of few values: neither ids nor payloads. */
@DqLayer({ order: TRACING_ORDER + 1 })
export class MetricsLayer implements DqLayerHost {
  readonly #monotonic: () => number;
  readonly #sent: Counter;
  readonly #scheduling: Histogram;
  readonly #consumed: Counter;
  readonly #processing: Histogram;
  readonly #lateness: Histogram;
  readonly #dead: Counter;

  constructor(meter: Meter, monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    const histogram = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } });
    const counter = (name: string, description: string, unit: string): Counter =>
      meter.createCounter(name, { description, unit });
    this.#sent = counter('messaging.client.sent.messages', 'Calls of delay() and at()', '{message}');
    this.#scheduling = histogram('messaging.client.operation.duration', 'How long delay() and at() took', DURATIONS);
    this.#consumed = counter('messaging.client.consumed.messages', 'Attempts that were started', '{message}');
    this.#processing = histogram('messaging.process.duration', 'How long attempts took', DURATIONS);
    this.#lateness = histogram('dq.job.lateness', 'How long after their due time jobs started first', LATENESS);
    this.#dead = counter('dq.jobs.dead', 'Jobs that were given up', '{job}');
  }

  async schedule({ tube }: DqScheduleCall, next: DqScheduleNext): Promise<string> {
    const began = this.#monotonic();
    const attributes = messaging('schedule', tube);
    try {
      return await next();
    } catch (error) {
      attributes['error.type'] = faultOf(error).type;
      throw error;
    } finally {
      this.#sent.add(1, attributes);
      this.#scheduling.record((this.#monotonic() - began) / MS, attributes);
    }
  }

  async job({ tube }: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    const began = this.#monotonic();
    const ended = ({ outcome, fault }: Ending): void => {
      const attributes: Attributes = { ...messaging('process', tube), 'dq.outcome': outcome };
      if (fault !== undefined) attributes['error.type'] = fault.type;
      this.#processing.record((this.#monotonic() - began) / MS, attributes);
    };
    try {
      const result = await next();
      ended(endingOfResult(result));
      return result;
    } catch (error) {
      ended(endingOfError(error));
      throw error;
    }
  }

  event(event: DqEvent): void {
    switch (event.type) {
      case 'job-started':
        this.#consumed.add(1, messaging('process', event.tube));
        // Later attempts wait on purpose.
        if (event.attempt === 1) this.#lateness.record(event.lateMs / MS, { tube: event.tube });
        break;
      case 'job-dead':
        this.#dead.add(1, { tube: event.tube });
        break;
      default:
    }
  }
}
