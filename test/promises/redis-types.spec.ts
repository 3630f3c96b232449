// The option `redis` takes what a user has: instances and options of ioredis 5 and 6.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PackedFolder } from './packed-folder.js';

let folder: PackedFolder;

beforeAll(async () => {
  folder = await PackedFolder.create();
  await folder.install({ ioredis5: 'npm:ioredis@^5.4.0', ioredis6: 'npm:ioredis@^6.0.0' });
  await folder.copy();
}, 300_000);

afterAll(() => folder.remove());

const GIVEN = (version: string): string => `import { DqModule } from 'nestjs-dq';
import { Cluster, Redis, type RedisOptions } from '${version}';
declare const options: RedisOptions;
const beanstalks = ['a:1', 'b:1'];
DqModule.forRoot({ beanstalks, redis: new Redis({ lazyConnect: true }) });
DqModule.forRoot({ beanstalks, redis: new Cluster([], { redisOptions: {} }) });
DqModule.forRoot({ beanstalks, redis: options });
const either: Redis | Cluster | string = '' as Redis | Cluster | string;
DqModule.forRootAsync({ useFactory: () => ({ beanstalks, redis: either }) });
`;

it.each(['ioredis5', 'ioredis6'])('%s, with and without exactOptionalPropertyTypes', async (version) => {
  await folder.write('main.ts', GIVEN(version));
  for (const exactOptionalPropertyTypes of [false, true]) {
    expect((await folder.compile(['main.ts'], { exactOptionalPropertyTypes })).stdout).toBe('');
  }
});

it.each([
  ['a number', '7'],
  ['a list', "['redis://a']"],
  ['options with a name that is misspelt', "{ hots: 'a' }"],
  ['an instance of something else', 'new Map()'],
])('not %s (control)', async (_, redis) => {
  await folder.write(
    'main.ts',
    `import { DqModule } from 'nestjs-dq';\nDqModule.forRoot({ beanstalks: ['a:1', 'b:1'], redis: ${redis} });\n`,
  );
  expect((await folder.compile(['main.ts'], {})).stdout).toMatch(/main\.ts\(2,\d+\): error TS2/);
});

it('an application in CommonJS compiles with the settings that the guide names', async () => {
  await folder.write('main.cts', "import { DqModule } from 'nestjs-dq';\nexport const name: string = DqModule.name;\n");
  for (const module of ['nodenext', 'node20', 'commonjs']) {
    const { stdout } = await folder.compile(['main.cts'], { module });
    expect({ module, stdout }).toEqual({ module, stdout: '' });
  }
  // Control: with this one TypeScript does not know that Node loads an ES module with require().
  expect((await folder.compile(['main.cts'], { module: 'node16' })).stdout).toContain('TS1479');
});
