import { isIPv6 } from 'node:net';
import { DqEndpointError, DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { checkRedis } from '../redis/redis-source.js';
import { type Endpoint, parseEndpoint } from '../wire/endpoint.js';
import { checkTubeName } from '../wire/tube-name.js';
import { declaredTwice, DEFAULT_TUBE, hasOptions, nameOf, type Tube } from './declared-tube.js';
import type { DqBeanstalk, DqEmbeddedOptions, DqOptions, DqSharedOptions, DqTubeOptions } from './dq-options.js';
import { duration, given, knownKeys, listAdvice, unfit, wholeNumber } from './option-checks.js';
import { MODULE_OPTIONS, NODE_OPTIONS } from './option-names.js';
import { EMBEDDED_NODE, resolveEmbedded } from './resolve-embedded.js';
import { resolveTube } from './resolve-tube.js';
import type { ResolvedOptions, TubeSettings } from './resolved-options.js';

/** Where nobody says otherwise. A body may be as large as beanstalkd's own default (`-z`). */
const USUAL = {
  tubes: [],
  consume: true,
  commandDeadline: '3s',
  shutdownDeadline: '10s',
  retention: '7d',
  doneRetention: '1h',
  maxBodyBytes: 65_535,
  context: false,
} as const satisfies DqSharedOptions;
const USUAL_COPIES = 3;
const USUAL_WRITES = 2;
/** The most that beanstalkd can be told. */
const MOST_BODY_BYTES = 1_073_741_824;
const HOUR_MS = 3_600_000;

/**
 * Applies defaults, then checks, rules across fields included, then freezes. Opens no socket.
 * @throws DqOptionsError, DqEndpointError, DqTubeNameError, DqPriorityError
 */
export function resolveOptions(options: DqOptions | DqEmbeddedOptions): ResolvedOptions {
  knownKeys(options, 'the options of DqModule', MODULE_OPTIONS);
  const embedded = resolveEmbedded(options);
  const { beanstalks, defaults, onEvent, ...all } = { ...USUAL, ...given(options) };
  const endpoints = embedded === undefined ? resolveEndpoints(beanstalks) : [EMBEDDED_NODE];
  const defaultTube = embedded === undefined ? resolveDefaultTube(beanstalks ?? []) : DEFAULT_TUBE;
  const tubes = resolveTubes(all.tubes, defaults, defaultTube);
  const nodes = endpoints.length;
  const { copies: wantedCopies = Math.min(USUAL_COPIES, nodes) } = all;
  const copies = wholeNumber(wantedCopies, 'copies', 1, nodes);
  const leastWrites = embedded === undefined ? USUAL_WRITES : 1;
  const { minWrites = leastWrites } = all;
  if (all.minWrites === undefined && copies < leastWrites) {
    throw new DqOptionsError(
      `Expected at least two nodes and copies, got ${nodes} node(s) and ${copies} copy. ` +
        'Add nodes, or set minWrites: 1 to accept that a job is lost with its only node.',
    );
  }
  if (typeof all.context !== 'boolean') throw unfit('context', 'true or false', all.context);
  if (onEvent !== undefined && typeof onEvent !== 'function') throw unfit('onEvent', 'a function', onEvent);
  const retentionMs = duration(all.retention, 'retention', 1_000);
  return Object.freeze({
    endpoints,
    redis: embedded === undefined ? checkRedis(all.redis) : undefined,
    embedded,
    tubes,
    defaults: defaults && Object.freeze({ ...defaults }),
    defaultTube,
    consume: checkConsume(all.consume),
    copies,
    minWrites: wholeNumber(minWrites, 'minWrites', 1, copies),
    commandDeadlineMs: duration(all.commandDeadline, 'commandDeadline', 100),
    shutdownDeadlineMs: duration(all.shutdownDeadline, 'shutdownDeadline', 0),
    retentionMs,
    doneRetentionMs: checkDoneRetention(all.doneRetention, retentionMs),
    maxBodyBytes: wholeNumber(all.maxBodyBytes, 'maxBodyBytes', 256, MOST_BODY_BYTES),
    context: all.context,
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
  if (!Array.isArray(list)) throw unfit('tubes', 'a list', list, listAdvice(list));
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
  const ms = duration(value, 'doneRetention', 1_000);
  if (ms <= Math.max(retentionMs, HOUR_MS)) return ms;
  throw new DqOptionsError(
    `Expected doneRetention to be at most the retention of ${retentionMs} ms, got ${shown(value)}: what comes later is never run. ` +
      'Lower it, or raise retention.',
  );
}

/** That the tubes are declared is checked when the application starts: feature modules may declare them. */
function checkConsume(consume: unknown): boolean | readonly string[] {
  if (typeof consume === 'boolean') return consume;
  if (!Array.isArray(consume)) throw unfit('consume', 'true, false or a list of tubes', consume, listAdvice(consume));
  return Object.freeze(consume.map((tube) => checkTubeName(tube)));
}
