import type { NodesView, TubeRow, TubesView } from '../../lib/dashboard/wire.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const NODES = ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'] as const;

/** So many jobs in each state, with a copy on each node. */
export function tube(
  name: string,
  [scheduled, ready, running, dead]: readonly [number, number, number, number],
): TubeRow {
  const counts = { scheduled, ready, running, dead, watching: 2 };
  const range = (least: number) => ({ least, most: least * NODES.length });
  return {
    name,
    nodes: NODES.map((node) => ({ node, counts })),
    jobs: {
      scheduled: range(scheduled),
      ready: range(ready),
      running: { least: running, most: running },
      dead: range(dead),
    },
    next:
      scheduled > 0
        ? { id: `${name}-next`, dueAt: Date.now() + 4 * MINUTE, handle: `${NODES[0]}/${name}/77,${name}-next` }
        : null,
    pause: { state: 'open' },
    consumers: 2,
    here: { running, concurrency: 20, oldest: null },
    idle: false,
  };
}

/** The same, with one node that does not answer. */
export function withSilentNode(row: TubeRow): TubeRow {
  return { ...row, nodes: row.nodes.map((copies, at) => (at === 2 ? { ...copies, counts: null } : copies)) };
}

export function tubes(): TubesView {
  const paused = {
    state: 'paused',
    since: Date.now() - 12 * MINUTE,
    until: Date.now() + 18 * MINUTE,
    reason: 'the mail provider is down',
  } as const;
  return {
    at: Date.now(),
    tubes: [
      {
        ...tube('orders', [1_284, 3, 2, 4]),
        here: { running: 2, concurrency: 20, oldest: { id: 'order-48211', startedAt: Date.now() - 4 * SECOND } },
      },
      {
        ...tube('mails', [312, 57, 0, 0]),
        pause: paused,
        consumers: 0,
        here: { running: 0, concurrency: 10, oldest: null },
      },
      { ...tube('reports', [1, 0, 0, 0]), consumers: 0, here: null },
      tube('legacy', [0, 0, 0, 0]),
      { ...tube('dq-default', [0, 0, 0, 0]), consumers: 0, here: null, idle: true },
    ],
  };
}

export function nodes(): NodesView {
  const up = { reachable: true, version: '1.12', draining: false, binlog: true, binlogMoving: true } as const;
  return {
    at: Date.now(),
    nodes: [
      { node: NODES[0], ...up, uptimeSeconds: 1_900_800, connections: 14 },
      { node: NODES[1], ...up, binlogMoving: false, uptimeSeconds: 1_900_700, connections: 14 },
      {
        node: NODES[2],
        reachable: false,
        reason: 'connect ECONNREFUSED 10.0.0.3:11300',
        awaySince: Date.now() - 3 * MINUTE,
      },
    ],
    store: {
      kind: 'redis',
      reachable: true,
      reason: null,
      warnings: ['maxmemory-policy is allkeys-lru: Redis may forget claims. Set it to noeviction.'],
      awaySince: null,
    },
  };
}
