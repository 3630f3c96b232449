import type { DqOptions } from '../../lib/core/options/dq-options.js';

/** Options that are fine, for a test to spoil in one place. Nothing listens there. */
export function goodOptions(overrides: Partial<DqOptions> = {}): DqOptions {
  return {
    beanstalks: ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'],
    redis: 'redis://10.0.0.9:6379',
    ...overrides,
  };
}

/** The same with what no type would allow, as it may come from JavaScript or a configuration file. */
export function wrongOptions(overrides: Readonly<Record<string, unknown>>): DqOptions {
  return { ...goodOptions(), ...overrides };
}

/** What `run` throws; an error of the test itself when it throws nothing. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
