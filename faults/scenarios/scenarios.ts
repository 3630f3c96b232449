import { calm } from './f00-calm.js';
import { anything } from './f01-anything.js';
import { diskLost, kills } from './f01-kills.js';
import { restored, returns, returnsTooLate } from './f02-away.js';
import { allKilled } from './f03-all-killed.js';
import { stopped } from './f04-stopped.js';
import { oneConsumer } from './f05-one-consumer.js';
import { partitions } from './f05-partitions.js';
import { slowNode } from './f06-slow-node.js';
import { diskFull, syncsFail, writesFail } from './f07-broken-disk.js';
import { allDrain, oneDrains } from './f08-draining.js';
import {
  failover,
  failoverGuarded,
  redisEmptied,
  redisEvicts,
  redisFlushed,
  redisForbids,
  redisFull,
  redisKilled,
  redisStopped,
} from './f09-redis.js';
import { slotMoves } from './f09-slot-moves.js';
import { redisAwayLong, redisRefuses, redisSilent } from './f10-redis-away.js';
import { consumersKilled, deployed, loopHeld, poison, suspended } from './f11-consumers.js';
import { silent } from './f11-silent.js';
import { producerKilled } from './f12-producer-killed.js';
import { repeated } from './f12-repeated.js';
import { consumerClocks, drift, nodeClocks, producerClock, redisClock } from './f13-clocks.js';
import { reusedIds } from './f14-reused-ids.js';
import { hostileWire } from './f15-hostile-wire.js';
import { extremes, twins } from './f16-extremes.js';
import { goBeside } from './f17-go.js';
import { foreignBodies, kicks } from './f17-operator.js';
import { keysAway, keysRedis, keysReplaced } from './f18-keys.js';
import { recurring, recurringClocks, recurringForgotten, recurringWithoutRedis } from './f19-recurring.js';
import { paused } from './f20-pause.js';
import type { Scenario } from './scenario.js';

/** The fault matrix. */
export const rows: readonly Scenario[] = [
  calm,
  kills,
  diskLost,
  anything,
  returns,
  returnsTooLate,
  restored,
  allKilled,
  stopped,
  ...partitions,
  ...oneConsumer,
  ...slowNode,
  diskFull,
  writesFail,
  syncsFail,
  oneDrains,
  allDrain,
  redisKilled,
  redisEmptied,
  redisStopped,
  redisFull,
  redisForbids,
  redisEvicts,
  redisFlushed,
  failover,
  failoverGuarded,
  slotMoves,
  redisRefuses,
  redisSilent,
  redisAwayLong,
  consumersKilled,
  loopHeld,
  suspended,
  silent,
  deployed,
  poison,
  producerKilled,
  repeated,
  nodeClocks,
  consumerClocks,
  producerClock,
  redisClock,
  drift,
  reusedIds,
  hostileWire,
  extremes,
  twins,
  kicks,
  foreignBodies,
  goBeside,
  keysAway,
  keysReplaced,
  keysRedis,
  recurring,
  recurringForgotten,
  recurringWithoutRedis,
  recurringClocks,
  paused,
];
