import { DqBodyTooLargeError, DqOptionsError } from '../errors/argument.errors.js';
import type { DqScheduleCall } from '../layers/layer.js';
import type { Added } from '../layers/layers.js';
import type { JobDraft } from './job-draft.js';

/** A call as its layers see it, and what they have added. */
export interface LayeredCall {
  readonly call: { -readonly [Name in keyof DqScheduleCall]: DqScheduleCall[Name] };
  readonly added: Added;
}

/** Drafts a job with all that layers have added; without what they can spare, where that is too much. Tells them how large it has become. */
export function layeredDraft(
  { call, added: { headers, optional } }: LayeredCall,
  copies: number,
  draft: (headers: Added['headers']) => JobDraft,
): JobDraft {
  let made: JobDraft;
  try {
    made = draft({ ...optional, ...headers });
  } catch (error) {
    const isTooMuch = error instanceof DqBodyTooLargeError || error instanceof DqOptionsError;
    if (!isTooMuch || Object.keys(optional).length === 0) throw error;
    made = draft(headers);
  }
  call.bodyBytes = made.command(copies).byteLength;
  return made;
}
