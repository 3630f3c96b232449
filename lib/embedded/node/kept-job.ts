/** A job as a restart of its node would bring it back. */
export interface KeptJob {
  readonly id: number;
  readonly tube: string;
  readonly state: 'ready' | 'delayed' | 'buried';
  readonly priority: number;
  readonly ttrSeconds: number;
  /** Wall clock, in milliseconds: when a delayed one is due. */
  readonly dueAt: number;
  readonly body: string | Buffer;
  readonly byteLength: number;
}

/**
 * Where a node writes what a restart is to bring back: puts, deletes, burials, kicks and releases with a delay. As in beanstalkd's log,
 * reservations, touches, expiries and releases without a delay leave no trace. Must not throw.
 */
export interface NodeLog {
  kept(job: KeptJob): void;
  gone(id: number): void;
}
