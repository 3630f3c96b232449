import type { Node } from '../../core/cluster/node.js';
import type { DqInspector } from '../../core/inspector/inspector.js';
import { listed, textOf, visible } from '../../core/errors/shown.js';
import { inWords } from '../base/moments.js';
import { type Finding, Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { lookAtTube, type SeenTube } from './tube-look.js';

/** What is asked of tubes, beside what nodes say. */
export interface TubeSetting {
  readonly nodes: readonly Node[];
  /** Knows the tubes that are asked for. Undefined where Redis does not answer, without which it knows nothing more. */
  readonly inspector: Pick<DqInspector, 'paused' | 'dead'> | undefined;
  /** Whether dead letters are read, which holds them for moments. */
  readonly dead: boolean;
}

const LONG_MS = 300_000;
/** Dead letters that are read of each node. */
const MOST_LETTERS = 100;
const MOST_REASONS = 5;
/** All clients of beanstalkd begin there. */
const EVERYBODYS = 'default';
const SUBJECT = 'tubes';

/** Looks at tubes: those that were named, each in full, or else all that were listed. Of those that are well one line tells. */
export async function examineTubes(
  names: readonly string[],
  setting: ServerSetting,
  tubes: TubeSetting,
): Promise<readonly Finding[]> {
  const all = new Findings(SUBJECT);
  if (names.length === 0) {
    all.ok('names', 'no node has one with jobs');
    return all.all;
  }
  const [seen, paused] = await Promise.all([
    Promise.all(names.map((name) => lookAtTube(name, tubes.nodes))),
    pausesOf(tubes, all),
  ]);
  const named = setting.tubes.length > 0;
  const others = named ? [] : seen.filter(isOthers);
  const own = seen.filter((tube) => !others.includes(tube));
  const findings = await Promise.all(own.map((tube) => examineTube(tube, paused.get(tube.name), setting, tubes)));
  const [well, ill] = [findings.filter(isWell), findings.filter((found) => !isWell(found))];
  // There may be hundreds.
  if (named) return [...findings.flat(), ...all.all];
  const namesOf = (of: readonly { readonly name: string }[]): string => listed(of.map(({ name }) => visible(name)));
  if (well.length > 0) all.ok('well', namesOf(own.filter((_, at) => well.includes(findings[at] ?? []))));
  if (others.length > 0) all.ok('of others', `no jobs of this package stand first in ${namesOf(others)}`);
  return [...ill.flat(), ...all.all];
}

function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level === 'ok');
}

async function examineTube(
  tube: SeenTube,
  pause: string | undefined,
  setting: ServerSetting,
  { nodes, inspector, dead }: TubeSetting,
): Promise<readonly Finding[]> {
  const findings = new Findings(`tube ${visible(tube.name)}`);
  if (tube.nodes === 0) {
    findings.unknown('all', 'no node answered');
    return findings.all;
  }
  if (tube.nodes < nodes.length)
    findings.unknown('nodes', `${nodes.length - tube.nodes} of ${nodes.length} did not answer for it`);
  if (pause !== undefined) findings.warn('paused', pause, 'Resume it when the reason is gone: nestjs-dq resume');
  findConsumers(tube, pause !== undefined, findings, setting.clock.now());
  findBodies(tube, findings);
  if (tube.buried === 0) findings.ok('dead letters', 'none');
  else await findDead(tube, dead && !setting.signal.aborted ? inspector : undefined, findings);
  return findings.all;
}

function findConsumers(
  { name, ready, watching, firsts }: SeenTube,
  paused: boolean,
  findings: Findings,
  now: number,
): void {
  const check = 'consumers';
  const isWatched = watching > 0 && name !== EVERYBODYS;
  if (ready === 0) {
    findings.ok(check, `no job waits for one${isWatched ? '' : '; nobody watches it'}`);
    return;
  }
  const due = firsts.flatMap(({ state, dueMs }) => (state === 'ready' && dueMs !== undefined ? dueMs : []));
  const lateMs = due.length === 0 ? -1 : now - Math.min(...due);
  const found = `${copies(ready)} ready${lateMs < 0 ? '' : `, the first due ${inWords(lateMs)} ago`}`;
  if (watching === 0 && name !== EVERYBODYS) {
    const todo = paused ? undefined : 'Start a process with a handler of this tube';
    findings.warn(check, `${found}, and nobody watches it`, todo);
  } else {
    findings.rate(check, lateMs <= LONG_MS || paused, {
      ok: found,
      warn: found,
      todo: 'Are all slots taken, or does Redis refuse claims? Look at handlers-stuck and concurrency; spares of jobs that ran count too',
    });
  }
}

function findBodies({ firsts }: SeenTube, findings: Findings): void {
  const foreign = firsts.filter(({ fault }) => fault !== undefined);
  const states = [...new Set(foreign.map(({ state }) => state))].join(', ');
  if (firsts.length === 0) return;
  findings.rate('bodies', foreign.length === 0, {
    ok: 'what stands first is a job, in each state and on each node',
    warn: `no job of this package stands first among its ${states} ones: ${visible(foreign[0]?.fault ?? '')}`,
    todo: 'Does another program write to this tube? Give each its own',
  });
}

async function findDead(tube: SeenTube, inspector: TubeSetting['inspector'], findings: Findings): Promise<void> {
  const check = 'dead letters';
  const todo = `Look at them: nestjs-dq dead list ${tube.name}`;
  const counted = `${copies(tube.buried)} buried`;
  if (inspector === undefined) {
    findings.warn(check, counted, `${todo}. --dead tells here why, and holds them for moments`);
    return;
  }
  try {
    const letters = await inspector.dead(tube.name, { limit: MOST_LETTERS });
    const reasons = new Map<string, number>();
    for (const { reason } of letters) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const sorted = [...reasons].toSorted(([, one], [, other]) => other - one);
    const shown = sorted.slice(0, MOST_REASONS).map(([reason, count]) => `${count} x ${visible(reason)}`);
    const more = sorted.length > MOST_REASONS ? `; and ${sorted.length - MOST_REASONS} more reasons` : '';
    const looked = `of the first ${MOST_LETTERS} of each node`;
    findings.warn(check, `${counted}; ${looked}: ${shown.join('; ')}${more}`, todo);
  } catch (error) {
    findings.warn(check, `${counted}; why is not known: ${textOf(error)}`, todo);
  }
}

/** Why and until when tubes are paused, by name. */
async function pausesOf({ inspector }: TubeSetting, findings: Findings): Promise<ReadonlyMap<string, string>> {
  if (inspector === undefined) {
    findings.unknown('paused', 'Redis does not answer');
    return new Map();
  }
  try {
    const pauses = await inspector.paused();
    if (pauses.length === 0) findings.ok('paused', 'none is');
    return new Map(
      pauses.map(({ tube, since, until, reason }) => [
        tube,
        `since ${since.toISOString()}${until === undefined ? '' : ` until ${until.toISOString()}`}` +
          (reason === undefined ? '' : `: ${visible(reason)}`),
      ]),
    );
  } catch (error) {
    findings.unknown('paused', textOf(error));
    return new Map();
  }
}

function copies(count: number): string {
  return count === 1 ? '1 copy' : `${count} copies`;
}

/** All that stands first in it was written by others, or nothing stands there. */
function isOthers({ firsts, name }: SeenTube): boolean {
  return firsts.length === 0 ? name === EVERYBODYS : firsts.every(({ fault }) => fault !== undefined);
}
