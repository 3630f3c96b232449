import type { ClaimStore, Holder } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Report, Wanted } from '../base/events.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { NamedHandler } from './run.js';

/** What all that works for one tube in this process is given. */
export interface TubeParts {
  readonly settings: TubeSettings;
  readonly handler: NamedHandler;
  readonly holder: Holder;
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: Report;
  readonly wanted: Wanted;
}
