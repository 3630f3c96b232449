import { DqLayerError, DqPastTimeError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { DqJobOptions } from '../options/dq-options.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { draftJob, type JobDraft } from './job-draft.js';
import type { Headers } from './job-header.js';
import { keyWish } from './key-options.js';
import type { DqUpsertResult, KeyedWrites } from './keyed-write.js';
import { layeredDraft, type LayeredCall } from './layered-draft.js';
import { dueAt, type Moment } from './moment.js';
import type { ProducerParts, Writes } from './writes.js';

/** Is told what became of a job with a key. */
export type OnKeyed = (result: DqUpsertResult) => void;

/** The calls that schedule a job in one tube: through the layers, checked and encoded, then written. */
export class Scheduling {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #keyed: KeyedWrites;
  /** Throws once the producer is closed. */
  readonly #checkOpen: () => void;

  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes, keyed: KeyedWrites, checkOpen: () => void) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
    this.#keyed = keyed;
    this.#checkOpen = checkOpen;
  }

  /** Resolves to the handle. */
  schedule(data: unknown, moment: Moment, options?: DqJobOptions, onKeyed?: OnKeyed): Promise<string> {
    const { schedule } = this.#parts.layers;
    if (schedule === undefined) return this.#draftAndWrite(data, moment, options, onKeyed);
    const call = this.#called(data, moment, options);
    return schedule(call, (added) => this.#draftAndWrite(data, moment, options, onKeyed, { call, added }));
  }

  /** The same of a job with a key. */
  async upsert(data: unknown, moment: Moment, options: DqJobOptions): Promise<DqUpsertResult> {
    let result: DqUpsertResult | undefined;
    await this.schedule(data, moment, options, (told) => {
      result = told;
    });
    if (result !== undefined) return result;
    throw new DqLayerError(
      'Expected the layers around upsert to call next() and to wait for it, but one of them did not, so nothing is known of its job.',
    );
  }

  /** What layers are told of a call, which may yet be refused. */
  #called(data: unknown, moment: Moment, options: DqJobOptions | undefined): LayeredCall['call'] {
    let due: Date | undefined;
    try {
      due = new Date(dueAt(moment, this.#parts.clock.now()));
    } catch {
      // It will be refused where the job is drafted, inside of the layers.
    }
    return { tube: this.#tube.name, data, dueAt: due, options: options ?? {}, bodyBytes: undefined };
  }

  /** Not async: one promise per job is enough. */
  #draftAndWrite(
    data: unknown,
    moment: Moment,
    options: DqJobOptions | undefined,
    onKeyed: OnKeyed | undefined,
    layered?: LayeredCall,
  ): Promise<string> {
    const { clock, context, wanted } = this.#parts;
    try {
      this.#checkOpen();
      const now = clock.now();
      const dueMs = dueAt(moment, now);
      const drafted = (added?: Headers): JobDraft =>
        draftJob(this.#tube, data, dueMs, this.#parts, options, now, added);
      const draft = layered === undefined ? drafted() : layeredDraft(layered, this.#parts.options.copies, drafted);
      const { keyed } = draft;
      if (keyed !== undefined) {
        const wish = keyWish(options ?? {}, 'delay' in moment ? draft.dueMs - now : undefined);
        const result = context.enter(() => this.#keyed.write(draft, keyed, wish));
        return result.then((told) => this.#written(told, onKeyed));
      }
      return context.enter(() => {
        const written = this.#writes.write(draft);
        return wanted['job-scheduled'] ? written.then((handle) => this.#told(draft, handle)) : written;
      });
    } catch (error) {
      if (error instanceof DqPastTimeError) return this.#tooLate(data, options, error);
      return Promise.reject(error instanceof Error ? error : new Error(shown(error)));
    }
  }

  #told({ id, dueMs }: { readonly id: string; readonly dueMs: number }, handle: string): string {
    this.#parts.report({ type: 'job-scheduled', tube: this.#tube.name, id, dueAt: new Date(dueMs) });
    return handle;
  }

  #written(result: DqUpsertResult, onKeyed: OnKeyed | undefined): string {
    const { outcome, id, dueAt: due, handle } = result;
    onKeyed?.(result);
    const isNew = outcome === 'scheduled' || outcome === 'replaced';
    return isNew && this.#parts.wanted['job-scheduled'] ? this.#told({ id, dueMs: +due }, handle) : handle;
  }

  async #tooLate(data: unknown, options: DqJobOptions | undefined, error: DqPastTimeError): Promise<string> {
    if (options?.id === undefined) throw error;
    const { clock, context } = this.#parts;
    const draft = draftJob(this.#tube, data, clock.now(), this.#parts, options);
    return context.enter(() => this.#writes.refuse(draft, error));
  }
}
