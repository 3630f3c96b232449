import { describe, expect, it } from '@jest/globals';
import { type SabotageName, sabotages } from '../../harness/sabotage/sabotages.js';
import { rows } from '../../faults/scenarios/scenarios.js';
import type { Rule } from '../../harness/judge/broken-promise.js';
import { playShares, sharesOf } from '../../simulation/cli/share.js';

const SEEDS = 200;
const WORKERS = 2;
const MODES = ['safety', 'liveness'] as const;

/** Rules of which at least one is broken without a protection. */
const BROKEN = {
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
  'rolls-back': ['key lost'],
  'tombstones-first': ['key lost'],
  'key-kept': ['key lost'],
  'no-key-tombstone': ['superseded ran', 'cancelled ran'],
  'forgets-pauses': ['started while paused'],
  'takeover-ignores-mark': ['superseded ran', 'cancelled ran'],
} as const satisfies Partial<Readonly<Record<SabotageName, readonly Rule[]>>>;
type Hunted = keyof typeof BROKEN;

/** The rules that are broken until one of those of the bug is, which the first seed that shows it may not do. */
async function hunt(bug: Hunted): Promise<ReadonlySet<Rule>> {
  const wanted: readonly Rule[] = BROKEN[bug];
  const broken = new Set<Rule>();
  await playShares(sharesOf(1, SEEDS, MODES, { bug, until: wanted }), WORKERS, ({ failures }) => {
    for (const { violations } of failures) for (const { rule } of violations) broken.add(rule);
    return wanted.some((rule) => broken.has(rule)) ? 'enough' : undefined;
  });
  return broken;
}

describe('a protection taken out', () => {
  it('is missed by a rule of the simulation or a row of the fault matrix', () => {
    const missed = [...Object.keys(BROKEN), ...rows.map(({ control }) => control?.name)];

    expect(missed).toEqual(expect.arrayContaining(Object.keys(sabotages)));
  });

  it.each(Object.keys(BROKEN) as Hunted[])(
    '%s is found',
    async (name) => {
      const broken = await hunt(name);

      expect(BROKEN[name].filter((rule) => broken.has(rule))).not.toEqual([]);
    },
    240_000,
  );
});
