import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { settingsFrom } from './settings.js';
import { startError } from './start-error.js';
import { StartLogger } from './start-logger.js';

async function main(): Promise<void> {
  const settings = settingsFrom(process.env);
  // Without `abortOnError: false` Nest would end the process itself, and nothing would be thrown here.
  const logger = new StartLogger({ prefix: 'shop' });
  const app = await NestFactory.create(AppModule.with(settings), { logger, abortOnError: false });
  // On SIGTERM and SIGINT Nest closes the application, and nestjs-dq with it: no new job is taken, running handlers finish.
  app.enableShutdownHooks();
  await app.listen(settings.port, '127.0.0.1');
  app.useLogger(new ConsoleLogger({ prefix: 'shop' }));
  console.log(`shop listening on ${await app.getUrl()}`);
}

try {
  await main();
} catch (error) {
  console.error(startError(error) ?? error);
  process.exit(1);
}
