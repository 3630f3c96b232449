// The child of producers-close-last.spec.ts: applications on the Nest that stands beside it. It says line by line what the hooks
// could schedule, and must end by itself.
import 'reflect-metadata';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DqModule, type DqModuleOptions, DqProducer } from 'nestjs-dq';

const servers = JSON.parse(process.env['SERVERS'] ?? '{}') as DqModuleOptions;
const embedded = { embedded: true } as const;
const logger = false;
let name = '';

@Injectable()
class Late implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #name = name;

  constructor(private readonly producer: DqProducer) {}

  onModuleDestroy(): Promise<void> {
    return this.#schedule('onModuleDestroy');
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#schedule('beforeApplicationShutdown');
  }

  onApplicationShutdown(): Promise<void> {
    return this.#schedule('onApplicationShutdown');
  }

  async #schedule(hook: string): Promise<void> {
    const refused = await this.producer.delay(hook, '1h').then(
      () => '',
      (error: unknown) => ` ${(error as { readonly code: string }).code}`,
    );
    console.log(`${this.#name} ${hook}${refused}`);
  }
}

@Global()
@Module({ providers: [Late] })
class Before {}

@Injectable()
class Broken implements OnModuleInit {
  constructor(private readonly producer: DqProducer) {}

  async onModuleInit(): Promise<void> {
    await this.producer.delay('opens connections', '1h');
    throw new Error('as it was told');
  }
}

@Module({})
class Root {}

/** An application whose global module comes before `DqModule`. */
function application(
  title: string,
  options: DqModuleOptions,
  providers: DynamicModule['providers'] = [],
): DynamicModule {
  name = title;
  return { module: Root, imports: [Before, DqModule.forRoot({ logger, ...options })], providers };
}

/** As little of a transport as Nest needs. */
const strategy = { listen: (done: () => void) => done(), close: () => {}, on: () => {}, unwrap: () => {} };

const context = await NestFactory.createApplicationContext(application('context', servers), { logger });
await Promise.all([context.close(), context.close()]);
await context.close();

const service = await NestFactory.createMicroservice(application('microservice', embedded), {
  strategy,
  logger,
} as object);
await service.listen();
await service.close();

const one = await NestFactory.createApplicationContext(application('one', embedded), { logger });
const other = await NestFactory.createApplicationContext(application('other', embedded), { logger });
await one.close();
await other.get(DqProducer, { strict: false }).delay('still open', '1h');
await other.close();

const broken = await NestFactory.create(application('broken', servers, [Broken]), { logger, abortOnError: false });
await broken.init().catch((error: unknown) => console.log(`broken ${(error as Error).message}`));
await broken.close().catch(() => undefined);
console.log('closed');
