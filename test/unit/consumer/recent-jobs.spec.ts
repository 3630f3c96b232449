import { describe, expect, it } from '@jest/globals';
import { RecentJobs } from '../../../lib/core/consumer/recent-jobs.js';

const GENERATION = 50_000;

describe('recent jobs', () => {
  it('are remembered by their name, with their number of copies', () => {
    const recent = new RecentJobs();
    const job = recent.add('a', 2);
    expect(recent.get('a')).toBe(job);
    expect(job).toMatchObject({ name: 'a', copies: 2 });
    expect(recent.get('b')).toBeUndefined();
  });

  it('are the last 50,000 at least and 100,000 at most', () => {
    const recent = new RecentJobs();
    const total = 5 * GENERATION + 123;
    for (let number = 0; number < total; number++) recent.add(`job-${number}`, 3);
    let known = 0;
    for (let number = 0; number < total; number++) if (recent.get(`job-${number}`) !== undefined) known++;
    expect(known).toBeGreaterThanOrEqual(GENERATION);
    expect(known).toBeLessThanOrEqual(2 * GENERATION);
    for (let number = total - GENERATION; number < total; number++) expect(recent.get(`job-${number}`)).toBeDefined();
    expect(recent.get('job-0')).toBeUndefined();
  });

  it('keep their counts over the change of generations', () => {
    const recent = new RecentJobs();
    const job = recent.add('mine', 3);
    job.gone = 2;
    for (let number = 0; number < GENERATION; number++) recent.add(`job-${number}`, 3);
    expect(recent.get('mine')?.gone).toBe(2);
    expect(recent.get('mine')).toBe(job);
  });
});
