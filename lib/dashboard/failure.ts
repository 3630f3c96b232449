import { DqHandlerError } from '../core/errors/argument.errors.js';
import { DqError, type DqErrorCode } from '../core/errors/dq.error.js';
import type { FailureView } from './wire.js';

/** A request that is refused. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A server does not answer, or the application is stopping: asked again, it may be otherwise. */
const AWAY: ReadonlySet<DqErrorCode> = new Set([
  'DQ_CLAIM_STORE',
  'DQ_CLOSED',
  'DQ_CONNECTION',
  'DQ_DEADLINE',
  'DQ_FILE',
  'DQ_PROTOCOL',
  'DQ_QUORUM',
]);

/** What a caller is told: never a stack, and of foreign errors nothing. Undefined: it is nobody's mistake but ours. */
export function failureOf(error: unknown): { readonly status: number; readonly view: FailureView } | undefined {
  if (error instanceof Refusal) return { status: error.status, view: { code: error.code, message: error.message } };
  if (!(error instanceof DqError)) return undefined;
  const { code, message } = error;
  const status = AWAY.has(code) ? 503 : error instanceof DqHandlerError ? 404 : 400;
  return { status, view: { code, message } };
}
