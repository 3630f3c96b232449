import { createHash } from 'node:crypto';
import { DqScheduleError } from '../core/errors/argument.errors.js';
import type { JobHeader } from '../core/wire/envelope.js';
import type { Spec } from './spec/spec.js';

/** What a schedule does, and when. */
export interface Definition {
  readonly spec: Spec;
  /** As the tube's codec has it. */
  readonly payload: string | Buffer;
  /** What each of its jobs says for itself. */
  readonly header: Omit<JobHeader, 'schedule'>;
}

const MARK_LENGTH = 8;
/** `missed` decides about what is late, not the tube. */
const RUNS_LATE = { afterMs: 1, action: 'run' } as const;

/** With what all occurrences have. */
export function definitionOf(spec: Spec, payload: string | Buffer, header: JobHeader = {}): Definition {
  return { spec, payload, header: { ...header, expires: header.expires ?? RUNS_LATE } };
}

/** As the claim store keeps it: equal for equal definitions. */
export function definitionText({ spec, payload, header }: Definition): string {
  const text = payload.toString('utf8');
  const isText = typeof payload === 'string' || Buffer.from(text).equals(payload);
  return JSON.stringify({ spec, header, ...(isText ? { text } : { bytes: payload.toString('base64') }) });
}

/** @throws DqScheduleError for what a later release may have written */
export function readDefinition(written: string): Definition {
  try {
    const { spec, header, text, bytes } = JSON.parse(written) as Definition & { text?: string; bytes?: string };
    return { spec, header, payload: text ?? Buffer.from(bytes ?? '', 'base64') };
  } catch (cause) {
    throw new DqScheduleError('Expected a schedule that this release can read, got another one.', { cause });
  }
}

/** Tells a definition from others: 48 bits of its hash. */
export function markOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH);
}
