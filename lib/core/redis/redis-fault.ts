import { textOf } from '../errors/shown.js';

/** What went wrong with Redis. Neither text ends in a full stop: they become parts of others' sentences. */
export interface RedisFault {
  /** Faults of one kind are one reason of a loss. */
  readonly kind: string;
  readonly text: string;
  /** What there is to do; undefined where the text says it all. */
  readonly advice?: string;
}

/** A claim was not made, since Redis may have forgotten others: it is to be looked for what it knows, and asked again. */
export class RedisForgot extends Error {
  constructor() {
    super('it may have lost what it was told');
  }
}

/** What a user of Redis must be allowed, besides to connect; found by trying. */
export const RIGHTS = '+evalsha +eval +get +mget +set +pexpire +pttl +time';
/** What those of a Redis Cluster must be allowed besides. */
const CLUSTER_RIGHTS = '+cluster|slots +cluster|info';

/** How operations are named that change nothing. */
const LOOKS = /^(?:a look at|an inspection|the time)/;

/** What ioredis says of bytes that are no answer of a Redis; it asks to report them, as if they came from one. */
const NO_REDIS = /^(?:Unknown RESP type|Protocol error)/;
const REMEDY = / Please report this\.?$/;
/** What ioredis puts before the last error, when a Cluster refused a command again and again. Where that names another node, it says no more than this. */
const REDIRECTED = /^Too many Cluster redirections\. Last error: (?!(?:\w*Error: )?(?:MOVED|ASK) )(?:\w*Error: )?/;
/** Where in a script of ours it happened. */
const PLACE = /\s*script: [0-9a-f]{40}, on @user_script:\d+\.?$/;

/** What a socket says of a server that is not there. All are one kind: which of them shows first is chance. */
const NETWORK = 'network';
const TLS =
  /^(?:E?PROTO|ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|ERR_OSSL)|self[- ]signed certificate|SSL routines/;
const NAMES = /^(?:ENOTFOUND|EAI_)/;

/** By the first word of an answer, or what else tells it, in the order in which they are tried. */
const ADVICE: readonly (readonly [RegExp, string, string])[] = [
  [
    /^WRONGPASS|^ERR invalid password|^ERR Client sent AUTH|^ERR AUTH /,
    'WRONGPASS',
    'Redis does not know this user and password: give the current ones in redis, and restart',
  ],
  [/^NOAUTH|^ERR operation not permitted/, 'NOAUTH', 'Redis asks for a password: give one in redis'],
  [
    /^NOPERM|ACL failure in script|[Nn]o permissions to|user executing the script can't/,
    'NOPERM',
    `The user of Redis lacks a right: allow it ${RIGHTS} and the keys ~dq:* (with tubes of format 'plain' ~* too), and ${CLUSTER_RIGHTS} in a Redis Cluster`,
  ],
  [
    /^(?:MOVED|ASK|CROSSSLOT) /,
    'MOVED',
    'This is one node of a Redis Cluster: give an ioredis Cluster in redis instead, as new Cluster([{ host, port }])',
  ],
  [/^READONLY/, 'READONLY', 'This is a replica: give the master, or the sentinels, which know it'],
  [
    /max number of clients|too many connections/i,
    'MAXCLIENTS',
    'Redis takes no more connections: raise its maxclients, or close connections that nobody needs',
  ],
  [/^LOADING/, 'LOADING', 'It reads its data from the disk; wait for it'],
  [/^MASTERDOWN/, 'MASTERDOWN', 'This replica has lost its master: give the master, or the sentinels'],
  [/^OOM/, 'OOM', 'Its maxmemory is used up: raise it. With noeviction, as it should be, nothing else makes room'],
  [/^MISCONF/, 'MISCONF', 'Redis cannot write to its disk: look into its log, and free space'],
  [/^NOREPLICAS/, 'NOREPLICAS', 'Fewer replicas are up than min-replicas-to-write says: bring them back'],
  [/^CLUSTERDOWN/, 'CLUSTERDOWN', 'Slots of the Redis Cluster have no master: bring it back, or fail over'],
  [/^BUSY/, 'BUSY', 'Another client has a script running there: end it with SCRIPT KILL'],
  [/^-?DENIED/, 'DENIED', 'It is in protected mode: give it a password, or bind it to an address'],
  [
    /^ERR (?:DB index is out of range|invalid DB index|SELECT is not allowed)/,
    'DATABASE',
    'Redis has no such database: give another one in redis, or raise its databases',
  ],
  [
    /^ERR unknown command|Unknown Redis command/,
    'UNKNOWN',
    'This Redis does not have a command that claims need; see docs/guides/redis.md. Redis 6.2 or newer has them all, unless they are renamed',
  ],
];

/** What an error of ioredis says. */
export function readFault(error: unknown): RedisFault {
  const cause = lastOf(error);
  const text = textOf(cause).replace(REDIRECTED, '').replace(REMEDY, '').replace(PLACE, '').replace(/\.+$/, '');
  if (NO_REDIS.test(text)) return { kind: 'no Redis', text: `what answers is not a Redis: ${text}` };
  for (const [pattern, kind, advice] of ADVICE)
    if (pattern.test(text)) return { kind, text, advice: kind === 'NOPERM' ? (featureRight(text) ?? advice) : advice };
  const code = codeOf(cause);
  if (NAMES.test(code)) return { kind: 'name', text, advice: 'This name has no address: look for a typo in redis' };
  if (TLS.test(code) || TLS.test(text)) {
    return {
      kind: 'TLS',
      text,
      advice: 'TLS was refused: look at rediss:// or tls in redis, at the port, and at the certificate and its ca',
    };
  }
  // Of the answers of a Redis that are not known here each first word is a kind.
  const word = /^[A-Z]{2,}(?= )/.exec(text)?.[0];
  return { kind: word === undefined || code !== '' ? NETWORK : word, text };
}

/** What lets a command run that claims do without: it belongs to a feature, such as a history. Undefined for others, and where Redis names none. */
function featureRight(text: string): string | undefined {
  const command = /'([\w|]+)' command/.exec(text)?.[1];
  if (command === undefined || command.startsWith('cluster') || RIGHTS.split(' ').includes(`+${command}`))
    return undefined;
  return `The user of Redis lacks a right: allow it +${command}. docs/guides/ready-for-production.md lists what each feature needs`;
}

/** What an error says of an operation that Redis has not answered. What only looks leaves no doubt. */
export function failureText(operation: string, { text, advice }: RedisFault): string {
  const doubt = LOOKS.test(operation) ? '' : ' Whether it was done is unknown; it is safe to repeat.';
  return `Expected Redis to answer ${operation}, but: ${text}.${doubt}${advice === undefined ? '' : ` ${advice}.`}`;
}

/** What is known when a socket closes, or nothing answers. */
export function networkFault(text: string): RedisFault {
  return { kind: NETWORK, text };
}

/** A Cluster of which no node answers says so, and has what the last of them said. A host with several addresses has an error for each. */
function lastOf(error: unknown): unknown {
  const last = (error as { readonly lastNodeError?: unknown } | null | undefined)?.lastNodeError;
  return last instanceof Error ? last : error;
}

function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? codeOf(errors[0]) : '';
}

/**
 * True when a Redis Cluster moves a slot, and keys that were given together are not all on one master. ioredis asks again, here and there,
 * and tells what it heard last. That may be the same where a slot has no master.
 */
export function isSplit(error: unknown): boolean {
  return /\bTRYAGAIN\b|^Too many Cluster redirections\. Last error: (?:\w*Error: )?(?:MOVED|ASK) /.test(textOf(error));
}

/** True where Redis has answered, and does not let this user do that. */
export function lacksRight(error: unknown): boolean {
  return readFault(error).kind === 'NOPERM';
}
