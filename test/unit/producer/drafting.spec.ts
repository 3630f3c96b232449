import { describe, expect, it } from '@jest/globals';
import { plainClaimKey } from '../../../lib/core/claims/claim-key.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { draftJob } from '../../../lib/core/producer/drafting.js';
import type { JobDraft } from '../../../lib/core/producer/job-draft.js';
import { PlainCounter } from '../../../lib/core/producer/plain-draft.js';
import type { DqJobOptions } from '../../../lib/core/options/dq-options.js';
import { decodeEnvelope } from '../../../lib/core/wire/envelope.js';

const NOW = 1_767_225_600_000;

/** A draft, and the clock by which its delay is reckoned. */
function drafted(format: 'native' | 'plain', data: unknown, delay: number, options?: DqJobOptions) {
  const clock = { time: NOW, now: () => clock.time };
  const parts = {
    clock,
    newId: () => 'id-of-more-than-eleven',
    plainCounter: new PlainCounter(() => 0),
    options: { copies: 3, maxBodyBytes: 65_535 },
  };
  return { clock, draft: draftJob(resolveTube({ name: 'orders', format }), data, NOW + delay, parts, options) };
}

const bodyOf = (draft: JobDraft, copies = 3): Buffer => Buffer.from(draft.command(copies).body);

describe('a draft', () => {
  it('reckons its delay anew for each command, and keeps its body', () => {
    const { clock, draft } = drafted('native', 'x', 3_600_000);
    const first = draft.command(3);
    expect(first.byteLength).toBe(draft.byteLength(3));
    first.wire!.behindPriority = 'as it was sent';
    clock.time += 1;
    const second = draft.command(3);
    expect([first.delaySeconds, second.delaySeconds]).toEqual([3_600, 3_599]);
    expect(second.body).toBe(first.body);
    expect(second.wire).toEqual({});
  });

  it.each(['native', 'plain'] as const)('never asks for more than beanstalkd takes: %s', (format) => {
    const { clock, draft } = drafted(format, 'x', 4_294_967_295_000);
    clock.time -= 5_000;
    expect(draft.command(2).delaySeconds).toBe(4_294_967_295);
  });

  it.each(['native', 'plain'] as const)('does not see what becomes of the payload afterwards: %s', (format) => {
    const payload = Buffer.from('payload');
    const { clock, draft } = drafted(format, payload, 60_000);
    const before = draft.command(3).body;
    payload.fill('x');
    clock.time += 1_000;
    expect(bodyOf(draft)).toEqual(before);
    expect(bodyOf(draft, 4).toString()).toMatch(/payload$/);
    if (format === 'plain') expect(plainClaimKey(bodyOf(draft, 4))).toBe(draft.id);
  });

  it('does not see what becomes of the headers afterwards', () => {
    const headers: Record<string, string> = { traceparent: 'one' };
    const { draft } = drafted('native', 'x', 60_000, { id: 'own', headers });
    headers.traceparent = 'two';
    headers.more = 'm'.repeat(20_000);
    expect(decodeEnvelope(bodyOf(draft, 4))).toMatchObject({ header: { headers: { traceparent: 'one' } } });
  });
});
