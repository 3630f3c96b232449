import type { DqEvent, PerJobEvent } from '../core/base/events.js';
import { isLogged } from '../core/base/events.js';
import { visible } from '../core/errors/shown.js';
import type { EmbeddedSettings } from '../core/options/resolved-options.js';
import { lineOf } from '../nest/dq.event-line.js';
import type { LiveEvent } from './wire.js';

/** Errors of handlers may have any text. */
const LONGEST_TEXT = 500;

const SENTENCES: {
  readonly [Type in PerJobEvent['type']]: (event: Extract<PerJobEvent, { readonly type: Type }>) => string;
} = {
  'job-scheduled': ({ id, tube, dueAt }) => `Job ${id} of tube ${tube} is scheduled for ${dueAt.toISOString()}.`,
  'job-started': ({ id, tube, attempt, lateMs }) =>
    `Job ${id} of tube ${tube} starts with attempt ${attempt}, ${lateMs} ms after its due time.`,
  'job-completed': ({ id, tube, attempt, tookMs }) =>
    `Job ${id} of tube ${tube} completed with attempt ${attempt}, in ${tookMs} ms.`,
  'job-again': ({ id, tube, againMs }) => `The handler of job ${id} of tube ${tube} puts it off for ${againMs} ms.`,
};

/** An event as people read it; what the log says of it, where it says something. */
export function liveText(event: DqEvent, embedded: EmbeddedSettings | undefined): Pick<LiveEvent, 'text' | 'level'> {
  if (isLogged(event)) {
    const { level, text } = lineOf(event, embedded);
    return { level, text: visible(text.slice(0, LONGEST_TEXT)) };
  }
  const sentence = SENTENCES[event.type] as (event: PerJobEvent) => string;
  return { level: 'debug', text: sentence(event) };
}
