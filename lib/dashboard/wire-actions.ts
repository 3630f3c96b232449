// What the page sends to have something done, and what it is told then.
import type { Sentence } from './wire.js';

/**
 * `POST` with `content-type: application/json` and `x-dq-dashboard: 1`. `confirm`: what the operator typed, which has to be the tube's name.
 * - `api/tubes/:tube/pause` {@link PauseAction}, `api/tubes/:tube/resume`
 * - `api/tubes/:tube/dead/retry`, `api/tubes/:tube/dead/delete` {@link DeadAction}
 * - `api/schedules/pause`, `resume`, `run`, `remove` {@link ScheduleAction}
 * - `api/key/cancel`, `api/key/move` {@link KeyAction}; `api/job/revoke` {@link JobAction}
 */
export interface PauseAction {
  readonly reason?: string;
  /** A duration, such as `10m`. */
  readonly for?: string;
  readonly confirm: string;
}

/** One letter, or all of the tube. */
export type DeadAction = { readonly id: string } | { readonly all: true; readonly confirm: string };

export interface ScheduleAction {
  readonly name: string;
}

export interface KeyAction {
  readonly tube: string;
  readonly key: string;
  /** To move. */
  readonly at?: number;
}

export interface JobAction {
  readonly handle: string;
}

/** What an action came to. */
export interface ActionView {
  /** False: there was nothing to do it to, as it was gone or had changed. */
  readonly done: boolean;
  readonly text: Sentence;
}
