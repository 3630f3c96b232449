// The child of shutdown.spec.ts: an application in a process of its own, whose end is looked at from outside.
import { once } from 'node:events';
import { Controller, Get, Injectable, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DqHandler, type DqJob, DqModule, DqProducer } from '../../lib/index.js';
import { Gate } from '../support/gate.js';
import type { ShutdownSetup } from './shutdown-setup.js';

const { mode, servers, tube } = JSON.parse(process.argv[2] ?? '') as ShutdownSetup;

const ran = new Gate();

@Injectable()
class Jobs implements OnModuleDestroy, OnApplicationShutdown {
  constructor(private readonly producer: DqProducer) {}

  @DqHandler(tube)
  async run(_: unknown, job: DqJob): Promise<void> {
    console.log('running');
    if (mode === 'unhooked') await new Promise(() => undefined);
    if (mode === 'stuck') await once(job.signal, 'abort');
    if (mode === 'hooks' || mode === 'exit') await once(process, 'SIGTERM');
    await this.producer.delay('more', '1h');
    console.log('done');
    ran.open();
  }

  onModuleDestroy(): void {
    console.log('destroyed');
  }

  onApplicationShutdown(signal?: string): void {
    console.log(`shut down by ${signal ?? 'itself'}`);
  }
}

@Controller()
class Web {
  @Get()
  home(): string {
    return 'home';
  }
}

@Module({
  imports: [
    DqModule.forRoot({
      ...servers,
      tubes: [tube],
      commandDeadline: mode === 'early' ? '1m' : '3s',
      shutdownDeadline: mode === 'stuck' ? 200 : '10s',
    }),
  ],
  controllers: [Web],
  providers: [Jobs],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
if (mode === 'exit') app.enableShutdownHooks([], { useProcessExit: true });
else if (mode !== 'unhooked') app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log('listening');
if (mode === 'close') await ran.opened;
if (mode === 'close' || mode === 'early') await app.close();
