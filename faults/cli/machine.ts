import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from '../../harness/machine.mjs';
import { root } from '../../scripts/root.mjs';

/** What was measured, and on what, in one line. */
export function describeMachine(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = spawnSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim();
  const { Machine, Node, beanstalkd, Redis } = machine();
  return `nestjs-dq ${version} (${commit || 'unknown'}), Node ${Node}, beanstalkd ${beanstalkd}, Redis ${Redis}, ${Machine}`;
}
