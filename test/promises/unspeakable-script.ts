// A process whose handlers, listener and logger do all that is in unspeakable.ts, for unspeakable-errors.spec.ts: an error that nobody
// catches would end it. It tells what became of its jobs, and ends by itself.
import 'reflect-metadata';
import {
  Catch,
  type DynamicModule,
  type ExceptionFilter,
  Module,
  type NestInterceptor,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type DqEvent, DqHandler, DqModule, type DqProducer, getDqProducerToken } from '../../lib/index.js';
import { failing, idOf, UNAWAITABLE, UNSPEAKABLE, type Way, WAYS } from './unspeakable.js';

interface Work {
  readonly name: string;
  readonly way: Way;
}

/** What became of a job, by its id. */
export type Fates = Readonly<Record<string, string>>;

async function act({ name, way }: Work): Promise<unknown> {
  if (way === 'returns') return UNAWAITABLE[name]?.[0]();
  throw UNSPEAKABLE[name]?.();
}

function doIt(work: Work): unknown {
  if (work.way === 'rejects') return act(work);
  if (work.way === 'returns') return UNAWAITABLE[work.name]?.[0]();
  throw UNSPEAKABLE[work.name]?.();
}

@Catch(TypeError)
class OfTypeErrors implements ExceptionFilter {
  catch(): void {}
}

class PassOn implements NestInterceptor {
  intercept(
    _: unknown,
    next: { handle(): ReturnType<NestInterceptor['intercept']> },
  ): ReturnType<NestInterceptor['intercept']> {
    return next.handle();
  }
}

class Jobs {
  @DqHandler('bare')
  bare(work: Work): unknown {
    return doIt(work);
  }

  @DqHandler('around')
  @UseFilters(OfTypeErrors)
  @UseInterceptors(PassOn)
  around(work: Work): unknown {
    return doIt(work);
  }
}

const fates: Record<string, string> = {};
const names = Object.keys(UNSPEAKABLE);
let told = 0;

/** A listener and a logger that throw what the handlers throw, at once or later. */
function hostile(): unknown {
  const name = names[told++ % names.length] as string;
  if (told % 2 === 0) return act({ name, way: 'rejects' });
  throw UNSPEAKABLE[name]?.();
}

const codec = {
  encode: (data: unknown) => JSON.stringify(data),
  decode: (bytes: Buffer) => {
    const work = JSON.parse(bytes.toString()) as Work;
    if (work.name in UNSPEAKABLE && work.way === 'rejects') throw UNSPEAKABLE[work.name]?.();
    return work;
  },
};

@Module({})
class Root {
  static with(): DynamicModule {
    const queue = DqModule.forRoot({
      embedded: true,
      defaults: { attempts: 1 },
      tubes: ['bare', 'around', { name: 'coded', codec, attempts: 2, backoff: hostile as () => number }],
      logger: { log: hostile, warn: hostile, error: hostile },
      onEvent: (event: DqEvent) => {
        if (event.type === 'job-dead') fates[event.id] = `dead: ${event.reason}`;
        if (event.type === 'job-failed') fates[event.id] = `failed: ${event.retryMs}`;
        return hostile() as void;
      },
    });
    return { module: Root, imports: [queue], providers: [Jobs, Coded] };
  }
}

class Coded {
  @DqHandler('coded')
  run(work: Work): unknown {
    return doIt(work);
  }
}

const app = await NestFactory.createApplicationContext(Root.with(), { logger: false });
const tubes = ['bare', 'around', 'coded'];
for (const tube of tubes) {
  const producer = app.get<DqProducer<Work>>(getDqProducerToken(tube));
  for (const way of ['throws', 'rejects', 'returns'] as const) {
    for (const name of Object.keys(WAYS[way])) await producer.delay({ name, way }, 0, { id: idOf(tube, way, name) });
  }
}
const waited = tubes.flatMap(failing);
while (!waited.every((id) => id in fates)) await new Promise((resolve) => setTimeout(resolve, 20));
await app.close();
await new Promise((resolve) => process.send?.(fates, resolve));
process.disconnect();
