import { TRIAL } from './redis-connection.js';
import { ACCOUNT } from './scripts/account.js';
import { CLAIM, CLAIM_KEYED } from './scripts/claim.js';
import { KEY_CANCEL, KEY_COMMIT, KEY_FIND, KEY_LEAVE, KEY_MOVE, KEY_RESERVE } from './scripts/key-calls.js';
import { LOOK } from './scripts/look.js';
import { ADMIT, CONCLUDE, HOLD_ID, TAKE_OVER_ID } from './scripts/own-ids.js';
import { NOTE_PAUSED, PAUSE, RESUME } from './scripts/pauses.js';
import { RENEW } from './scripts/renew.js';
import { RESOLVE_DEAD } from './scripts/resolve-dead.js';
import { REVOKE, REVOKE_KEYED } from './scripts/revoke.js';
import {
  SCHEDULE_OVERDUE,
  SCHEDULE_PAUSE,
  SCHEDULE_REMOVE,
  SCHEDULE_STEP,
  SCHEDULE_UPSERT,
  SCHEDULE_WRITTEN,
} from './scripts/schedules.js';
import { SETTLE, SETTLE_KEYED, SETTLE_KEYED_LOGGED, SETTLE_LOGGED } from './scripts/settle.js';

/** The scripts by the names of their commands. `operation`: how errors name it. */
export const SCRIPTS = {
  dqClaim: { lua: CLAIM, operation: 'a claim' },
  dqSettle: { lua: SETTLE, operation: 'the outcome of a run' },
  dqSettleLogged: { lua: SETTLE_LOGGED, operation: 'the outcome of a run' },
  dqRenew: { lua: RENEW, operation: 'a renewal of leases' },
  dqAccount: { lua: ACCOUNT, operation: 'a count of copies' },
  dqRevoke: { lua: REVOKE, operation: 'a revoke' },
  dqResolveDead: { lua: RESOLVE_DEAD, operation: 'a decision on dead letters' },
  dqAdmit: { lua: ADMIT, operation: 'the admission of an id' },
  dqTakeOverId: { lua: TAKE_OVER_ID, operation: 'the admission of an id' },
  dqConclude: { lua: CONCLUDE, operation: 'the end of an admission' },
  dqHoldId: { lua: HOLD_ID, operation: 'the hold on an id' },
  dqScheduleUpsert: { lua: SCHEDULE_UPSERT, operation: 'schedules' },
  dqScheduleWritten: { lua: SCHEDULE_WRITTEN, operation: 'an occurrence of a schedule' },
  dqScheduleStep: { lua: SCHEDULE_STEP, operation: 'an occurrence of a schedule' },
  dqScheduleOverdue: { lua: SCHEDULE_OVERDUE, operation: 'a look at schedules' },
  dqScheduleRemove: { lua: SCHEDULE_REMOVE, operation: 'the removal of a schedule' },
  dqSchedulePause: { lua: SCHEDULE_PAUSE, operation: 'the pause of a schedule' },
  dqPause: { lua: PAUSE, operation: 'a pause' },
  dqNotePaused: { lua: NOTE_PAUSED, operation: 'a pause' },
  dqResume: { lua: RESUME, operation: 'the end of a pause' },
  dqClaimKeyed: { lua: CLAIM_KEYED, operation: 'a claim' },
  dqSettleKeyed: { lua: SETTLE_KEYED, operation: 'the outcome of a run' },
  dqSettleKeyedLogged: { lua: SETTLE_KEYED_LOGGED, operation: 'the outcome of a run' },
  dqRevokeKeyed: { lua: REVOKE_KEYED, operation: 'a revoke' },
  dqKeyReserve: { lua: KEY_RESERVE, operation: 'the reservation of a key' },
  dqKeyCommit: { lua: KEY_COMMIT, operation: 'the commit of a key' },
  dqKeyCancel: { lua: KEY_CANCEL, operation: 'the cancel of a key' },
  dqKeyMove: { lua: KEY_MOVE, operation: 'the move of a key' },
  dqKeyFind: { lua: KEY_FIND, operation: 'a look at a key' },
  dqKeyLeave: { lua: KEY_LEAVE, operation: 'the end of a job with a key' },
  dqLook: { lua: LOOK, operation: TRIAL },
} as const;
export type ScriptName = keyof typeof SCRIPTS;
export type KeyScriptName = Extract<ScriptName, `dqKey${string}`>;
