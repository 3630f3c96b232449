import type { Report } from './base/events.js';
import type { DqInspector } from './inspector/inspector.js';

/** Why a tube should have another name; undefined when its name is a good one. */
function tubeNameWarning(tube: string): string | undefined {
  if (tube !== 'default') return undefined;
  return (
    'every client of beanstalkd watches it, and a Go consumer of any tube takes its jobs and throws them away. Give the tube another ' +
    'name; keep this one declared, with its handler, until it is empty.'
  );
}

/** Reports tubes whose jobs others may take, and nodes that would lose their copies in a restart, or take none. */
export async function warnOfSetup(
  tubes: Iterable<string>,
  inspector: DqInspector,
  deadline: number,
  report: Report,
): Promise<void> {
  for (const tube of tubes) {
    const reason = tubeNameWarning(tube);
    if (reason !== undefined) report({ type: 'tube-warning', tube, reason });
  }
  for (const state of await inspector.nodes({ deadline })) {
    if (!state.reachable) continue;
    const { node } = state;
    const warn = (reason: string): void => report({ type: 'node-warning', node, reason });
    if (!state.binlog) warn('it keeps no log, so a restart loses its copies. Start it with -b.');
    if (state.draining) warn('it is draining and takes no new jobs. Restart it.');
  }
}
