import { isIPv6 } from 'node:net';
import { DqEndpointError, DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { checkRedis } from '../redis/redis-source.js';
import { type Endpoint, parseEndpoint } from '../wire/endpoint.js';
import { checkTubeName } from '../wire/tube-name.js';
import { declaredTwice, DEFAULT_TUBE, hasOptions, nameOf, type Tube } from './declared-tube.js';
import type { DqBeanstalk, DqEmbeddedOptions, DqOptions, DqTubeOptions } from './dq-options.js';
import { duration, knownKeys, listAdvice, wholeNumber } from './option-checks.js';
import { MODULE_OPTIONS, NODE_OPTIONS } from './option-names.js';
import { EMBEDDED_NODE, resolveEmbedded } from './resolve-embedded.js';
import { resolveTube } from './resolve-tube.js';
import type { ResolvedOptions, TubeSettings } from './resolved-options.js';

const DEFAULT_COMMAND_DEADLINE_MS = 3_000;
const DEFAULT_SHUTDOWN_DEADLINE_MS = 10_000;
const DEFAULT_RETENTION_MS = 7 * 86_400_000;
const DEFAULT_COPIES = 3;
const DEFAULT_MIN_WRITES = 2;
const DEFAULT_DONE_RETENTION_MS = 3_600_000;
/** beanstalkd's own default (`-z`), and the most it can be told. */
const DEFAULT_BODY_BYTES = 65_535;
const MOST_BODY_BYTES = 1_073_741_824;

/**
 * Applies defaults, then checks, rules across fields included, then freezes. Opens no socket.
 * @throws DqOptionsError, DqEndpointError, DqTubeNameError, DqPriorityError
 */
export function resolveOptions(options: DqOptions | DqEmbeddedOptions): ResolvedOptions {
  knownKeys(options, 'the options of DqModule', MODULE_OPTIONS);
  const embedded = resolveEmbedded(options);
  const endpoints = embedded === undefined ? resolveEndpoints(options.beanstalks) : [EMBEDDED_NODE];
  const defaultTube = embedded === undefined ? resolveDefaultTube(options.beanstalks ?? []) : DEFAULT_TUBE;
  const tubes = resolveTubes(options.tubes ?? [], options.defaults, defaultTube);
  const copies = wholeNumber(
    options.copies ?? Math.min(DEFAULT_COPIES, endpoints.length),
    'copies',
    1,
    endpoints.length,
  );
  const leastWrites = embedded === undefined ? DEFAULT_MIN_WRITES : 1;
  if (options.minWrites === undefined && copies < leastWrites) {
    throw new DqOptionsError(
      `Expected at least two nodes and copies, got ${endpoints.length} node(s) and ${copies} copy. ` +
        'Add nodes, or set minWrites: 1 to accept that a job is lost with its only node.',
    );
  }
  const { onEvent, context = false } = options;
  if (typeof context !== 'boolean')
    throw new DqOptionsError(`Expected context to be true or false, got ${shown(context)}.`);
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw new DqOptionsError(`Expected onEvent to be a function, got ${shown(onEvent)}.`);
  }
  const retentionMs = duration(options.retention ?? DEFAULT_RETENTION_MS, 'retention', 1_000);
  return Object.freeze({
    endpoints,
    redis: embedded === undefined ? checkRedis(options.redis) : undefined,
    embedded,
    tubes,
    defaults: options.defaults && Object.freeze({ ...options.defaults }),
    defaultTube,
    consume: checkConsume(options.consume),
    copies,
    minWrites: wholeNumber(options.minWrites ?? leastWrites, 'minWrites', 1, copies),
    commandDeadlineMs: duration(options.commandDeadline ?? DEFAULT_COMMAND_DEADLINE_MS, 'commandDeadline', 100),
    shutdownDeadlineMs: duration(options.shutdownDeadline ?? DEFAULT_SHUTDOWN_DEADLINE_MS, 'shutdownDeadline', 0),
    retentionMs,
    doneRetentionMs: checkDoneRetention(options.doneRetention, retentionMs),
    maxBodyBytes: wholeNumber(options.maxBodyBytes ?? DEFAULT_BODY_BYTES, 'maxBodyBytes', 256, MOST_BODY_BYTES),
    context,
    onEvent,
  });
}

function resolveEndpoints(beanstalks: unknown): readonly Endpoint[] {
  if (!Array.isArray(beanstalks) || beanstalks.length === 0) {
    throw new DqOptionsError(
      `Expected beanstalks to list the nodes, such as ['10.0.0.1:11300', ...], got ${shown(beanstalks)}. ` +
        (typeof beanstalks === 'string'
          ? "Give an array; split(',') makes one of a list in a string."
          : 'Or set embedded: true, to keep jobs in this process alone.'),
    );
  }
  const endpoints = beanstalks.map((node: DqBeanstalk) => {
    if (typeof node === 'object' && node !== null) knownKeys(node, 'a node of beanstalks', NODE_OPTIONS);
    return parseEndpoint(typeof node === 'object' && node !== null ? node.endpoint : node);
  });
  const seen = new Set<string>();
  for (const { host, port, name } of endpoints) {
    // One IPv6 address has many spellings; a URL knows one.
    const address = new URL(`tcp://${isIPv6(host) ? `[${host}]` : host.toLowerCase()}:${port}`).host;
    if (seen.has(address)) {
      throw new DqEndpointError(`Expected each node once, got ${name} twice. Two copies on one node protect nothing.`);
    }
    seen.add(address);
  }
  return Object.freeze(endpoints);
}

function resolveDefaultTube(beanstalks: readonly DqBeanstalk[]): string {
  const named = beanstalks
    .map((node) => (typeof node === 'object' ? node.tube : undefined))
    .filter((tube) => tube !== undefined);
  const [first] = named;
  if (first === undefined) return DEFAULT_TUBE;
  if (named.some((tube) => tube !== first)) {
    throw new DqOptionsError(
      `Expected one tube for all nodes, got ${named.map(shown).join(' and ')}. List further tubes under tubes.`,
    );
  }
  return checkTubeName(first);
}

/** In whatever order they come: a name alone may be listed often, options of a tube once. */
function resolveTubes(
  list: readonly Tube[],
  defaults: Omit<DqTubeOptions, 'name'> | undefined,
  defaultTube: string,
): ReadonlyMap<string, TubeSettings> {
  if (!Array.isArray(list))
    throw new DqOptionsError(`Expected tubes to be a list, got ${shown(list)}.${listAdvice(list)}`);
  const declared = new Map<string, Tube>();
  for (const tube of list as readonly Tube[]) {
    const name = checkTubeName(nameOf(tube));
    const known = declared.get(name) ?? name;
    if (known !== tube && hasOptions(known) && hasOptions(tube)) throw declaredTwice(name);
    declared.set(name, hasOptions(known) ? known : tube);
  }
  if (!declared.has(defaultTube)) declared.set(defaultTube, defaultTube);
  return new Map([...declared].map(([name, tube]) => [name, resolveTube(tube, defaults)]));
}

function checkDoneRetention(value: unknown, retentionMs: number): number {
  const ms = duration(value ?? DEFAULT_DONE_RETENTION_MS, 'doneRetention', 1_000);
  if (ms <= Math.max(retentionMs, DEFAULT_DONE_RETENTION_MS)) return ms;
  throw new DqOptionsError(
    `Expected doneRetention to be at most the retention of ${retentionMs} ms, got ${shown(value)}: what comes later is never run. ` +
      'Lower it, or raise retention.',
  );
}

/** That the tubes are declared is checked when the application starts: feature modules may declare them. */
function checkConsume(consume: unknown): boolean | readonly string[] {
  if (consume === undefined) return true;
  if (typeof consume === 'boolean') return consume;
  if (!Array.isArray(consume))
    throw new DqOptionsError(
      `Expected consume to be true, false or a list of tubes, got ${shown(consume)}.${listAdvice(consume)}`,
    );
  return Object.freeze(consume.map((tube) => checkTubeName(tube)));
}
