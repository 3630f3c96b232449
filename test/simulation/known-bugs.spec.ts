import { describe, expect, it } from '@jest/globals';
import { type BugName, bugs } from '../../simulation/bugs/bugs.js';
import type { Rule } from '../../simulation/check/violation.js';
import { playShares, sharesOf } from '../../simulation/cli/share.js';

const SEEDS = 200;
const WORKERS = 2;
const MODES = ['safety', 'liveness'] as const;

/** Rules of which a bug breaks at least one. */
const BROKEN: Readonly<Record<BugName, readonly Rule[]>> = {
  'deletes-first': ['lost'],
  'always-grants': ['twice', 'lost'],
  'forgets-ends': ['twice', 'revoked ran'],
  'settles-first': ['lost'],
  'takes-silence-for-no': ['lost'],
  'deletes-buried': ['lost'],
  'one-copy': ['lost'],
  'no-fencing': ['not its own'],
  'no-tombstone': ['revoked ran', 'refused ran'],
  'no-early-guard': ['early'],
  'no-renewal': ['twice'],
  'ignores-good-until': ['twice'],
  'releases-late': ['not drained'],
  'releases-nothing': ['lost'],
  'waits-for-ever': ['unsettled'],
  'frees-ids': ['id twice'],
  'takes-pending': ['id twice'],
  'says-scheduled': ['told wrong'],
  'forgets-revokes': ['revoked ran'],
  'never-asks-again': ['lost', 'not drained'],
};

/** The rules that are broken until one of those of the bug is, which the first seed that shows it may not do. */
async function hunt(bug: BugName): Promise<ReadonlySet<Rule>> {
  const broken = new Set<Rule>();
  await playShares(sharesOf(1, SEEDS, MODES, { bug, until: BROKEN[bug] }), WORKERS, ({ failures }) => {
    for (const { violations } of failures) for (const { rule } of violations) broken.add(rule);
    return BROKEN[bug].some((rule) => broken.has(rule)) ? 'enough' : undefined;
  });
  return broken;
}

describe('a bug put in on purpose', () => {
  it('has a rule to break', () => {
    expect(Object.keys(BROKEN)).toEqual(expect.arrayContaining(Object.keys(bugs)));
  });

  it.each(Object.keys(BROKEN) as BugName[])('%s is found', async (name) => {
    const broken = await hunt(name);

    expect(BROKEN[name].filter((rule) => broken.has(rule))).not.toEqual([]);
  });
});
