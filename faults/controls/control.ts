import type { ClaimStore } from '../../lib/core/claims/claim-store.js';
import type { Clock } from '../../lib/core/base/clock.js';
import type { DqOptions, DqTubeOptions } from '../../lib/core/options/dq-options.js';
import type { NodeConnection, NodeDialer } from '../../lib/core/cluster/node-connection.js';

/** The options of one application process. */
export type WorkerOptions = Omit<DqOptions, 'tubes'> & { readonly tubes: readonly DqTubeOptions[] };

/**
 * A protection taken out at a seam of the library. A row that is run with it has to fail; one that does not would prove
 * nothing without it either.
 */
export interface Control {
  readonly store?: (store: ClaimStore) => ClaimStore;
  readonly dialer?: (dialer: NodeDialer) => NodeDialer;
  readonly clock?: (clock: Clock) => Clock;
  readonly options?: (options: WorkerOptions) => WorkerOptions;
}

/** The same object with some methods replaced; the rest goes to the object itself. */
export function replace<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name) as unknown;
      const value: unknown = Reflect.get(object, name);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}

/** A dialer whose every connection has some methods replaced. */
export function replaceConnections(
  dialer: NodeDialer,
  methods: (connection: NodeConnection) => Partial<NodeConnection>,
): NodeDialer {
  return replace(dialer, {
    dial: (listeners) => {
      const connection = dialer.dial(listeners);
      return replace(connection, methods(connection));
    },
  });
}
