// AsyncLocalStorage: what handlers and listeners see of it, and what the queue keeps alive.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqInspector, DqModule, type DqModuleOptions, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqTesting, DqTestingModule } from 'nestjs-dq/testing';
import { bytesInUse } from '../support/heap.js';
import type { SpecBed } from '../support/spec-bed.js';
import { type TestBed, testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

interface Store {
  readonly name: string;
}

const BOOT: Store = { name: 'boot' };
const storage = new AsyncLocalStorage<Store>();
let seen: string[] = [];
/** Whether everything around the handlers enters a context of its own and leaves it so. */
let entering = false;
let onJob: (data: { readonly n: number; readonly fails?: boolean }, attempt: number) => unknown = () => undefined;

function look(where: string): void {
  seen.push(`${where}: ${storage.getStore()?.name}`);
  if (entering && where !== 'handler') storage.enterWith({ name: `entered by ${where}` });
}

/** The wheres, each with the contexts that were seen there. */
function contexts(): Record<string, string[]> {
  const found: Record<string, Set<string>> = {};
  for (const line of seen) {
    const [where, name] = line.split(': ') as [string, string];
    (found[where] ??= new Set()).add(name);
  }
  return Object.fromEntries(Object.entries(found).map(([where, names]) => [where, [...names]]));
}

const EVERYWHERE = Object.fromEntries(
  ['encode', 'decode', 'handler', 'backoff', 'event', 'log'].map((where) => [where, ['boot']]),
);

class Jobs {
  @DqHandler('work')
  async run(
    data: { readonly n: number; readonly fails?: boolean },
    job: { readonly attempt: number },
  ): Promise<unknown> {
    look('handler');
    await Promise.resolve();
    look('handler');
    if (data.fails === true && job.attempt === 1) throw new Error('told to fail');
    return onJob(data, job.attempt);
  }
}

const OWN = {
  logger: { log: () => look('log'), warn: () => look('log'), error: () => look('log') },
  onEvent: () => look('event'),
  tubes: [
    {
      name: 'work',
      concurrency: 4,
      codec: {
        encode: (data: unknown) => (look('encode'), JSON.stringify(data)),
        decode: (bytes: Buffer) => (look('decode'), JSON.parse(bytes.toString()) as unknown),
      },
      backoff: () => (look('backoff'), 5),
    },
  ],
};

type BeforeStart = (made: INestApplicationContext) => Promise<void>;
type Open = (beforeStart?: BeforeStart) => Promise<INestApplicationContext>;

/** An application that boots in a context of its own, as under a tracer or in a worker that was started by something. */
async function boot(options: DqModuleOptions, beforeStart?: BeforeStart): Promise<INestApplicationContext> {
  return storage.run(BOOT, async () => {
    const module = await Test.createTestingModule({
      imports: [DqModule.forRoot(options)],
      providers: [Jobs],
    }).compile();
    await beforeStart?.(module);
    await module.init();
    return module;
  });
}

function producerOf(app: INestApplicationContext): DqProducer<{ readonly n: number; readonly fails?: boolean }> {
  return app.get(getDqProducerToken('work'));
}

function inRequest<T>(name: string, call: () => T): T {
  return storage.run({ name }, call);
}

let app: INestApplicationContext;

beforeEach(() => {
  seen = [];
  entering = false;
  onJob = () => undefined;
});

function holds(open: Open): void {
  afterEach(async () => {
    await app.close();
  });

  const handled = (): number => seen.filter((line) => line.startsWith('handler')).length / 2;

  it('runs every handler, listener, codec and backoff in the context of the boot, from the first call on', async () => {
    app = await open();
    await inRequest('A', () => producerOf(app).delay({ n: 1, fails: true }, 100));
    await producerOf(app).delay({ n: 2, fails: true }, 300);
    await until(() => handled() === 4);
    expect(contexts()).toEqual(EVERYWHERE);
  });

  it('runs them there in a warm process too, whoever has scheduled', async () => {
    app = await open();
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    await Promise.all(
      numbers.map((n) => inRequest(`request ${n}`, () => producerOf(app).delay({ n, fails: n % 10 === 0 }, n * 5))),
    );
    await until(() => handled() === 66);
    expect(contexts()).toEqual(EVERYWHERE);
  });

  it('does not show one handler what another has entered', async () => {
    app = await open();
    onJob = ({ n }) => storage.enterWith({ name: `entered by ${n}` });
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    for (const n of numbers) await producerOf(app).delay({ n, fails: true }, 0);
    await until(() => handled() === 40);
    expect(contexts()).toEqual(EVERYWHERE);
  });

  it('does not show anything what a listener, a codec or a backoff has entered', async () => {
    app = await open();
    entering = true;
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    await Promise.all(numbers.map((n) => producerOf(app).delay({ n, fails: true }, n * 10)));
    await until(() => handled() === 40);
    expect(contexts()).toEqual(EVERYWHERE);
  });

  it('does not show anything what the getters and the toJSON of arguments have entered', async () => {
    app = await open();
    const enter = (): void => storage.enterWith({ name: 'entered by an argument' });
    const data = { n: 1, toJSON: () => (enter(), { n: 1 }) };
    const options = {
      get priority(): 'high' {
        enter();
        return 'high';
      },
    };
    await inRequest('A', () => producerOf(app).delay(data, 0, options));
    const job = { data, delay: 0, ...options };
    await inRequest('A', () => producerOf(app).delayMany([job]));
    await producerOf(app).delay({ n: 2, fails: true }, 0);
    await until(() => handled() === 4);
    expect(contexts()).toEqual(EVERYWHERE);
  });

  it('leaves the caller in his own context, with the source and the results of a bulk', async () => {
    app = await open();
    const at: (string | undefined)[] = [];
    const note = (): void => void at.push(storage.getStore()?.name);
    function* source(): Generator<{ readonly data: { readonly n: number }; readonly delay: number }> {
      for (let n = 0; n < 3; n++) {
        note();
        yield { data: { n }, delay: 0 };
      }
    }
    await inRequest('A', async () => {
      const handle = await producerOf(app).delay({ n: 1 }, '1h');
      note();
      await producerOf(app).revoke(handle);
      note();
      await producerOf(app).delayMany(source(), { onResult: note });
      note();
      await app.get(DqInspector).counts();
      note();
    });
    expect(at).toEqual(Array.from({ length: 10 }, () => 'A'));
    await until(() => handled() === 3);
  });

  it('keeps nothing of a request alive, even of one that came before the start', async () => {
    const handles: string[] = [];
    let kept: WeakRef<Store> | undefined;
    app = await open(async (started) => {
      kept = await useOnce(started, handles);
    });
    await until(
      async () => {
        await bytesInUse();
        return kept?.deref() === undefined;
      },
      { what: 'the store of the request to be gone', timeout: 40_000 },
    );
    for (const handle of handles) expect(await producerOf(app).revoke(handle)).toBe('revoked');
  });
}

/** Returns what would still lead to the request if anything did. */
async function useOnce(of: INestApplicationContext, handles: string[]): Promise<WeakRef<Store>> {
  const store = { name: 'request' };
  await storage.run(store, async () => {
    await of.get(DqInspector).nodes();
    handles.push(await producerOf(of).delay({ n: 1 }, '1h'), await producerOf(of).delay({ n: 2 }, '1h', { id: 'own' }));
    await producerOf(of).revoke(await producerOf(of).delay({ n: 3 }, '1h'));
  });
  return new WeakRef(store);
}

describe('the asynchronous context, embedded', () => {
  holds((beforeStart) => boot({ embedded: true, ...OWN }, beforeStart));
});

describe('the asynchronous context, on servers', () => {
  // The application ends before the bed looks for what is left.
  holds((beforeStart) => boot({ ...bed.servers, ...OWN }, beforeStart));
  const bed: TestBed & SpecBed = testBed();
});

describe('the asynchronous context, under virtual time', () => {
  it('is that of the boot, whoever moves time', async () => {
    const module = await storage.run(BOOT, async () => {
      const made = await Test.createTestingModule({
        imports: [DqTestingModule.forRoot(OWN)],
        providers: [Jobs],
      }).compile();
      await made.init();
      return made;
    });
    onJob = () => storage.enterWith({ name: 'entered' });
    const dq = module.get(DqTesting);
    await inRequest('A', () => producerOf(module).delay({ n: 1, fails: true }, 100));
    await inRequest('B', async () => {
      await dq.advance('1s');
      await dq.run('work', { n: 2 });
      dq.completed('work');
      expect(storage.getStore()?.name).toBe('B');
    });
    await module.close();
    expect(contexts()).toEqual(EVERYWHERE);
  });
});
