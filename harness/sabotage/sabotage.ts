import type { Clock } from '../../lib/core/base/clock.js';
import type { ConnectionSettings } from '../../lib/core/beanstalkd/connection-settings.js';
import type { ClaimRequest, ClaimStore } from '../../lib/core/claims/claim-store.js';
import type { NodeConnection, NodeDialer } from '../../lib/core/cluster/node-connection.js';
import type { DqOptions, DqTubeOptions } from '../../lib/core/options/dq-options.js';
import { replace } from '../replace.js';
import type { WatchedTable } from '../../simulation/redis/watched-table.js';

/** What an application on servers is asked to be. */
export type AppOptions = Omit<DqOptions, 'tubes'> & { readonly tubes: readonly DqTubeOptions[] };

/**
 * A protection taken out at a seam of the library, or of the table of claims that stands for Redis in the simulation. A row or a seed that
 * is played with it has to fail; one that does not would prove nothing without it either.
 */
export interface Sabotage {
  readonly store?: (store: ClaimStore) => ClaimStore;
  readonly table?: (table: WatchedTable) => WatchedTable;
  readonly dialer?: (dialer: NodeDialer) => NodeDialer;
  /** Of connections to real nodes. */
  readonly connection?: Pick<ConnectionSettings, 'trustsDisk'>;
  readonly clock?: (clock: Clock) => Clock;
  readonly options?: (options: AppOptions) => AppOptions;
}

/** Some methods of the claim store are others, which are given the store. */
export function claims(methods: (store: ClaimStore) => Partial<ClaimStore>): Sabotage {
  return { store: (store) => replace(store, methods(store)) };
}

/** The store is asked for other claims than it should be. */
export function asking(change: (request: ClaimRequest) => ClaimRequest): Sabotage {
  return claims((store) => ({
    claim: (tube, holder, requests) => store.claim(tube, holder, requests.map(change)),
  }));
}

/** The same of the table of claims in the simulation. */
export function table(methods: (table: WatchedTable) => Partial<WatchedTable>): Sabotage {
  return { table: (table) => replace(table, methods(table)) };
}

/** The same of every connection to a node. */
export function connections(methods: (connection: NodeConnection) => Partial<NodeConnection>): Sabotage {
  return {
    dialer: (dialer) =>
      replace(dialer, {
        dial: (listeners) => {
          const connection = dialer.dial(listeners);
          return replace(connection, methods(connection));
        },
      }),
  };
}

/** Jobs are written with other bodies, the same on each node. */
export function rewriting(change: (body: string) => string): Sabotage {
  /** By what the copies of one write share. */
  const bodies = new WeakMap<object, string>();
  return connections((node) => ({
    put: (command, done) => {
      const { wire = command, ...rest } = command;
      const body = bodies.get(wire) ?? change(command.body.toString());
      bodies.set(wire, body);
      node.put({ ...rest, body, byteLength: Buffer.byteLength(body) }, done);
    },
  }));
}
