/**
 * Why a job ran once more:
 * - **retry**: the run before failed, timed out, or ended in the store's eyes so that another follows.
 * - **given back**: the run before was given back by a closing process.
 * - **died**: the process of the run before ended in the middle of it, or before its result can have been settled.
 * - **store lost**: the claim store forgot in between that the job was run, or that the run before had ended.
 * - **disk lost**: a node forgot that its copy was deleted, and the claim was forgotten too; see docs/internals/known-limits.md.
 * - **revoke lost**: it was revoked, and the claim store, or a disk, forgot that.
 * - **lease lost**: the process of the run before stood still, was cut off or gone, or was told that its lease or result no longer counts.
 * - **unexplained**: none of these.
 */
export type Cause = (typeof CAUSES)[number] | 'unexplained';

export const CAUSES = ['retry', 'given back', 'died', 'store lost', 'disk lost', 'revoke lost', 'lease lost'] as const;
