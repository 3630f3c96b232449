import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/root.mjs';
import { requireBinary } from '../../scripts/server-binaries.mjs';

const GIB = 1_073_741_824;

/** What was measured, and on what, in one line. */
export function describeMachine(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = said('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], /^(\w+)/);
  const beanstalkd = said(requireBinary('beanstalkd'), ['-v'], /(\d[\w.+-]*)/);
  const redis = said(requireBinary('redis-server'), ['-v'], /v=([\d.]+)/);
  const [cpu] = cpus();
  return (
    `nestjs-dq ${version} (${commit}), Node ${process.versions.node}, beanstalkd ${beanstalkd}, Redis ${redis}, ` +
    `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / GIB)} GiB`
  );
}

function said(command: string, args: readonly string[], pattern: RegExp): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return pattern.exec(stdout ?? '')?.[1] ?? 'unknown';
}
