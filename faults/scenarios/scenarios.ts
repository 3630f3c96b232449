import { calm } from './f00-calm.js';
import { kills } from './f01-kills.js';
import { away } from './f02-away.js';
import { allKilled } from './f03-all-killed.js';
import { stopped } from './f04-stopped.js';
import { partitions } from './f05-partitions.js';
import { slowNode } from './f06-slow-node.js';
import { brokenDisk } from './f07-broken-disk.js';
import { draining } from './f08-draining.js';
import { redisFaults } from './f09-redis.js';
import { redisAway } from './f10-redis-away.js';
import { consumers } from './f11-consumers.js';
import { ownIds } from './f12-own-ids.js';
import { clocks } from './f13-clocks.js';
import { reusedIds } from './f14-reused-ids.js';
import { hostileWire } from './f15-hostile-wire.js';
import { extremes } from './f16-extremes.js';
import { neighbours } from './f17-neighbours.js';
import { keys } from './f18-keys.js';
import { recurring } from './f19-recurring.js';
import { paused } from './f20-pause.js';
import type { Scenario } from './scenario.js';

/** The fault matrix. */
export const rows: readonly Scenario[] = [
  calm,
  ...kills,
  ...away,
  allKilled,
  stopped,
  ...partitions,
  ...slowNode,
  ...brokenDisk,
  ...draining,
  ...redisFaults,
  ...redisAway,
  ...consumers,
  ...ownIds,
  ...clocks,
  reusedIds,
  hostileWire,
  ...extremes,
  ...neighbours,
  ...keys,
  ...recurring,
  paused,
];
