import { DqAgain, DqError, DqGiveUp } from '../index.js';

/** What went wrong, as a span and a measurement tell it. */
export interface Fault {
  /** Of errors of this package the code, of others the name of the class. */
  readonly type: string;
  /** Undefined for what is no error: it may be the payload itself. */
  readonly message?: string;
  readonly stack?: string | undefined;
}

/** How an attempt ended. `aborted`: its result no longer counts, though its handler may still run. */
export interface Ending {
  readonly outcome: 'completed' | 'again' | 'failed' | 'given-up' | 'aborted';
  readonly fault?: Fault;
}

/** The ending that a returned value stands for. */
export function endingOfResult(result: unknown): Ending {
  return askedFor(result) ?? { outcome: 'completed' };
}

/** The ending that something thrown stands for. */
export function endingOfError(thrown: unknown): Ending {
  return askedFor(thrown) ?? { outcome: 'failed', fault: faultOf(thrown) };
}

/** Never throws, whatever it is. */
export function faultOf(thrown: unknown): Fault {
  try {
    if (thrown instanceof Error) {
      const { name, message, stack } = thrown;
      return { type: thrown instanceof DqError ? thrown.code : name, message, stack };
    }
  } catch {
    // It cannot be looked at.
  }
  return { type: '_OTHER' };
}

function askedFor(value: unknown): Ending | undefined {
  if (value instanceof DqAgain) return { outcome: 'again' };
  return value instanceof DqGiveUp ? { outcome: 'given-up', fault: faultOf(value) } : undefined;
}
