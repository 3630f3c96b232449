import type { Expectation } from '../verdict/expectation.js';
import type { ControlUse } from './scenario.js';

/** A node that is away, or slow, is not felt. */
export const NOT_FELT = { 'scheduling p99': 150, 'late p99': 100 } as const satisfies Expectation['bounds'];

/** Controls that several rows share. */
export const alwaysGrants: ControlUse = {
  what: 'claims always granted',
  name: 'always-grants',
  where: 'consumers',
  shows: ['twice'],
};

export const deletesFirst: ControlUse = {
  what: 'a copy is deleted when it is reserved, as dq does it',
  name: 'deletes-first',
  where: 'consumers',
  shows: ['lost'],
};

export const settlesFirst: ControlUse = {
  what: 'a job counts as done as soon as it is claimed',
  name: 'settles-first',
  where: 'consumers',
  shows: ['lost'],
};

export const forgetsEnds: ControlUse = {
  what: 'the ends of jobs are forgotten',
  name: 'forgets-ends',
  where: 'consumers',
  shows: ['twice', 'revoked ran'],
};

export const oneCopy: ControlUse = {
  what: 'one copy of each job',
  name: 'one-copy',
  where: 'producers',
  shows: ['lost'],
};

export const waitsForAll: ControlUse = {
  what: 'every node has to acknowledge, no deadline',
  name: 'waits-for-all',
  where: 'producers',
  shows: ['unsettled'],
};

export const takesAnyId: ControlUse = {
  what: 'an id is free for whoever asks',
  name: 'takes-any-id',
  where: 'producers',
  shows: ['id twice'],
};

export const runsEarly: ControlUse = {
  what: 'nobody looks at the due time but the nodes',
  name: 'runs-early',
  where: 'consumers',
  shows: ['early'],
};
