import type { WireReply } from './reply-parser.js';

/** The replies that fit a command; any other means that the two sides are out of step. */
export type Expected = readonly WireReply['kind'][];
export const PUT: Expected = ['INSERTED', 'BURIED', 'DRAINING', 'JOB_TOO_BIG', 'OUT_OF_MEMORY', 'INTERNAL_ERROR'];
export const USE: Expected = ['USING'];
export const WATCH: Expected = ['WATCHING', 'NOT_IGNORED'];
export const RESERVE: Expected = ['RESERVED', 'TIMED_OUT', 'DEADLINE_SOON'];
export const RESERVE_JOB: Expected = ['RESERVED', 'NOT_FOUND'];
export const DELETE: Expected = ['DELETED', 'NOT_FOUND'];
export const RELEASE: Expected = ['RELEASED', 'BURIED', 'NOT_FOUND', 'OUT_OF_MEMORY', 'INTERNAL_ERROR'];
export const BURY: Expected = ['BURIED', 'NOT_FOUND', 'OUT_OF_MEMORY', 'INTERNAL_ERROR'];
export const TOUCH: Expected = ['TOUCHED', 'NOT_FOUND'];
export const PEEK: Expected = ['FOUND', 'NOT_FOUND'];
export const KICK: Expected = ['KICKED', 'NOT_FOUND', 'INTERNAL_ERROR'];
export const STATS: Expected = ['OK', 'NOT_FOUND'];
