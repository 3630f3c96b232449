import { DqBodyTooLargeError, DqLayerError, DqOptionsError, DqPastTimeError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { DqScheduleCall } from '../layers/layer.js';
import type { Added } from '../layers/layers.js';
import type { DqJobOptions } from '../options/dq-options.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { draftJob } from './drafting.js';
import type { JobDraft } from './job-draft.js';
import type { Headers } from './job-header.js';
import { keyWish } from './key-options.js';
import type { DqUpsertResult, Keys } from './keys.js';
import { dueAt, type Moment } from './moment.js';
import type { ProducerParts, Writes } from './writes.js';

/** Is told what became of a job with a key. */
export type OnKeyed = (result: DqUpsertResult) => void;

/** A call as its layers see it, and what they have added. */
interface LayeredCall {
  readonly call: { -readonly [Name in keyof DqScheduleCall]: DqScheduleCall[Name] };
  readonly added: Added;
}

/** The calls that schedule a job in one tube: through the layers, checked and encoded, then written. */
export class Scheduling {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #keys: Keys;

  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes, keys: Keys) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
    this.#keys = keys;
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
    const { clock, context } = this.#parts;
    try {
      this.#writes.checkOpen();
      const now = clock.now();
      const dueMs = dueAt(moment, now);
      const drafted = (added?: Headers): JobDraft =>
        draftJob(this.#tube, data, dueMs, this.#parts, options, now, added);
      const draft = layered === undefined ? drafted() : layeredDraft(layered, this.#parts.options.copies, drafted);
      const { keyed } = draft;
      if (keyed !== undefined) {
        const wish = keyWish(options ?? {}, 'delay' in moment ? draft.dueMs - now : undefined);
        const result = context.enter(() => this.#keys.write(draft, keyed, wish));
        return result.then((told) => this.#written(told, onKeyed));
      }
      return context.enter(() => this.#writes.write(draft));
    } catch (error) {
      if (error instanceof DqPastTimeError) return this.#tooLate(data, options, error);
      return Promise.reject(error instanceof Error ? error : new Error(shown(error)));
    }
  }

  #written(result: DqUpsertResult, onKeyed: OnKeyed | undefined): string {
    const { outcome, id, dueAt: due, handle } = result;
    onKeyed?.(result);
    if (outcome === 'scheduled' || outcome === 'replaced') this.#writes.tell({ id, dueMs: +due }, handle);
    return handle;
  }

  async #tooLate(data: unknown, options: DqJobOptions | undefined, error: DqPastTimeError): Promise<string> {
    if (options?.id === undefined) throw error;
    const { clock, context } = this.#parts;
    const draft = draftJob(this.#tube, data, clock.now(), this.#parts, options);
    return context.enter(() => this.#writes.refuse(draft, error));
  }
}

/** Drafts a job with all that layers have added; without what they can spare, where that is too much. Tells them how large it has become. */
function layeredDraft(
  { call, added: { headers, optional } }: LayeredCall,
  copies: number,
  draft: (headers: Headers) => JobDraft,
): JobDraft {
  let made: JobDraft;
  try {
    made = draft({ ...optional, ...headers });
  } catch (error) {
    const isTooMuch = error instanceof DqBodyTooLargeError || error instanceof DqOptionsError;
    if (!isTooMuch || Object.keys(optional).length === 0) throw error;
    made = draft(headers);
  }
  call.bodyBytes = made.byteLength(copies);
  return made;
}
