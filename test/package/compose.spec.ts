// compose.yaml, as far as it can be tried without Docker: that it can be read, that it says what the command `cluster` does, and its health check.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REDIS } from '../../lib/cli/cluster/server-program.js';
import { root } from '../../scripts/root.mjs';
import { startCluster } from '../support/cluster.js';
import { run } from './project.js';

interface Service {
  readonly command?: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly build?: { readonly dockerfile_inline: string };
}

interface Composed {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(root, 'compose.yaml'), 'utf8');
// Of fivebeans.
const yaml = createRequire(import.meta.url)('js-yaml') as { load(text: string): unknown };
const { services, volumes } = yaml.load(text) as Composed;
const nodes = Object.entries(services).filter(([name]) => name.startsWith('beanstalkd-'));

describe('compose.yaml', () => {
  it('publishes three nodes and a Redis at the addresses that its head names, to this machine alone', () => {
    const published = Object.values(services).map(({ ports }) =>
      ports.map((port) => port.split(':').slice(0, 2).join(':')),
    );
    expect(nodes).toHaveLength(3);
    expect(Object.keys(services)).toHaveLength(4);
    expect(text).toContain(
      `DQ_BEANSTALKS=${published.slice(0, 3).join(',')} REDIS_URL=redis://${published[3]?.join(',')}\n`,
    );
    expect(published.flat().filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('keeps the data of each in a volume of its own, where its server writes', () => {
    const kept = Object.values(services).map((service) => service.volumes);
    expect(kept).toEqual(Object.keys(volumes).map((name) => [`${name}:/data`]));
    for (const [, { build, ports }] of nodes) {
      const port = ports[0]?.split(':').at(-1);
      expect(build?.dockerfile_inline).toContain(`"-p", "${port}", "-b", "/data"`);
    }
  });

  it('gives Redis the settings of the command line', () => {
    const ours = REDIS.argumentsFor(6379, '/data').join(' ');
    const [program, ...settings] = services['redis']?.command ?? [];
    expect([program, settings.length]).toEqual(['redis-server', 6]);
    for (let at = 0; at < settings.length; at += 2) expect(ours).toContain(`${settings[at]} ${settings[at + 1]}`);
  });

  it('sees by its health check whether a node answers', async () => {
    const [, ...command] = nodes[0]?.[1].healthcheck.test ?? [];
    const cluster = await startCluster({ nodes: 1, redis: false });
    const node = cluster.node(0);
    const check = async (): Promise<number | null> => {
      const [program = '', ...args] = command.map((word) => word.replace('/11300 ', `/${node.port} `));
      return (await run(program, args)).code;
    };
    expect(await check()).toBe(0);
    await node.kill();
    expect(await check()).not.toBe(0);
    await cluster.stop();
  });
});
