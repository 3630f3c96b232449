import type { StoredJob } from './stored-job.js';

/** A job as the log of its node has it: what a restart would bring back. */
export interface KeptJob {
  readonly id: number;
  readonly tube: string;
  readonly state: 'ready' | 'delayed' | 'buried';
  readonly priority: number;
  readonly delaySeconds: number;
  readonly ttrSeconds: number;
  /** Wall clock, in milliseconds: when a delayed one is due. */
  readonly dueAt: number;
  /** Wall clock, in milliseconds. */
  readonly createdAt: number;
  readonly body: string | Buffer;
  readonly byteLength: number;
  readonly reserves: number;
  readonly timeouts: number;
  readonly releases: number;
  readonly buries: number;
  readonly kicks: number;
}

const NEVER = { reserves: 0, timeouts: 0, releases: 0, buries: 0, kicks: 0 } as const;

/** The job as it was put, and what the log says became of it. */
export function keptJob(job: StoredJob): KeptJob {
  const { id, tube, ttrSeconds, createdAt, body, byteLength, putDelaySeconds } = job;
  const state = job.logged ?? {
    state: putDelaySeconds > 0 ? 'delayed' : 'ready',
    priority: job.putPriority,
    delaySeconds: putDelaySeconds,
    dueAt: createdAt + putDelaySeconds * 1000,
    ...NEVER,
  };
  return { id, tube: tube.name, ttrSeconds, createdAt, body, byteLength, ...state };
}
