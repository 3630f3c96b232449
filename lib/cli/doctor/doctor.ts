import { DqRuntime } from '../../core/runtime.js';
import type { ResolvedOptions } from '../../core/options/resolved-options.js';
import { checkTubeName } from '../../core/wire/tube-name.js';
import type { Finding } from './finding.js';
import { examineNodes, findTogether } from './nodes.js';
import type { ServerSetting } from './setting.js';
import { examineStore } from './store.js';
import { listTubes } from './tube-look.js';
import { examineTubes } from './tubes.js';

/** What was found of the servers. */
export interface Examined {
  readonly findings: readonly Finding[];
  /** A node that others may reach runs on this machine. */
  readonly hasNode: boolean;
}

/** Asks all servers at the same time, and then looks at tubes. */
export async function examineServers(
  setting: ServerSetting,
  options: ResolvedOptions,
  dead: boolean,
): Promise<Examined> {
  const listing = setting.tubes.length > 0 ? Promise.resolve(setting.tubes) : listTubes(setting);
  const [nodes, store, names] = await Promise.all([examineNodes(setting), examineStore(setting, listing), listing]);
  const hasNode = nodes.some(({ isReached }) => isReached);
  const findings = [...nodes.flatMap((node) => node.findings), ...findTogether(nodes, setting), ...store.findings];
  if (setting.signal.aborted || nodes.every(({ stats }) => stats === undefined)) return { findings, hasNode };
  const { source = options.redis } = store;
  const runtime = new DqRuntime({ ...options, redis: source }, { clock: setting.clock });
  try {
    const paused = setting.tubes.length > 0 || store.source === undefined ? [] : await pausedIn(runtime);
    const known = [...new Set([...names, ...paused])].filter((name) => isTube(name));
    for (const name of known) runtime.declare(name);
    const tubes = await examineTubes(known, setting, {
      inspector: store.source === undefined ? undefined : runtime.inspector,
      dead,
    });
    return { findings: [...findings, ...tubes], hasNode };
  } finally {
    await runtime.close();
  }
}

/** Tubes that are paused and on no node: nobody has written to them yet, or reads them. */
async function pausedIn({ inspector }: DqRuntime): Promise<readonly string[]> {
  try {
    return (await inspector.paused()).map(({ tube }) => tube);
  } catch {
    return [];
  }
}

/** Others may have names that this package refuses. */
function isTube(name: string): boolean {
  try {
    return checkTubeName(name) === name;
  } catch {
    return false;
  }
}
