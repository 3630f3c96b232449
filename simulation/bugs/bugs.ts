import { alwaysGrants } from '../../faults/controls/always-grants.js';
import { deletesBuried } from '../../faults/controls/deletes-buried.js';
import { deletesFirst } from '../../faults/controls/deletes-first.js';
import { forgetsEnds } from '../../faults/controls/forgets-ends.js';
import { oneCopy } from '../../faults/controls/one-copy.js';
import { settlesFirst } from '../../faults/controls/settles-first.js';
import { takesSilenceForNo } from '../../faults/controls/takes-silence-for-no.js';
import type { Bug } from './bug.js';
import { forgetsRevokes } from './forgets-revokes.js';
import { freesIds } from './frees-ids.js';
import { ignoresGoodUntil } from './ignores-good-until.js';
import { neverAsksAgain } from './never-asks-again.js';
import { noEarlyGuard } from './no-early-guard.js';
import { noFencing } from './no-fencing.js';
import { noRenewal } from './no-renewal.js';
import { noTombstone } from './no-tombstone.js';
import { releasesLate } from './releases-late.js';
import { releasesNothing } from './releases-nothing.js';
import { saysScheduled } from './says-scheduled.js';
import { takesPending } from './takes-pending.js';
import { waitsForEver } from './waits-for-ever.js';

/** Mistakes that a library of this kind could have, each put in at a seam. */
export const bugs = {
  /** A copy is deleted when it is reserved, before its claim is settled. */
  'deletes-first': deletesFirst,
  /** Claims that are not asked for. */
  'always-grants': alwaysGrants,
  /** That a job is over is forgotten. */
  'forgets-ends': forgetsEnds,
  /** A job counts as done when it is claimed. */
  'settles-first': settlesFirst,
  /** A claim that cannot be asked for counts as somebody else's. */
  'takes-silence-for-no': takesSilenceForNo,
  'deletes-buried': deletesBuried,
  'one-copy': oneCopy,
  'no-fencing': noFencing,
  'no-tombstone': noTombstone,
  'no-early-guard': noEarlyGuard,
  'no-renewal': noRenewal,
  'ignores-good-until': ignoresGoodUntil,
  'releases-late': releasesLate,
  'releases-nothing': releasesNothing,
  'waits-for-ever': waitsForEver,
  'frees-ids': freesIds,
  'takes-pending': takesPending,
  'says-scheduled': saysScheduled,
  'forgets-revokes': forgetsRevokes,
  'never-asks-again': neverAsksAgain,
} as const satisfies Readonly<Record<string, Bug>>;

export type BugName = keyof typeof bugs;
