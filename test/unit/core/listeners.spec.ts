import { expect, it } from '@jest/globals';
import { Listeners } from '../../../lib/core/listeners.js';

const PER_JOB = ['job-scheduled', 'job-started', 'job-completed', 'job-again'] as const;

it('an event that each job would tell is wanted only where somebody listens to its type, and never by the log', () => {
  const listeners = new Listeners(() => undefined);
  const wanted = (): string[] => PER_JOB.filter((type) => listeners.wanted[type]);
  expect(wanted()).toEqual([]);
  listeners.add({ name: 'onEvent', types: 'logged', tell: () => undefined });
  expect(wanted()).toEqual([]);
  listeners.add({ name: 'one', types: new Set(['job-started', 'job-dead']), tell: () => undefined });
  expect(wanted()).toEqual(['job-started']);
  listeners.add({ name: 'all', tell: () => undefined });
  expect(wanted()).toEqual(PER_JOB);
});
