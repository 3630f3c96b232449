import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { SettingsError, settingsFrom } from './settings.js';

async function main(): Promise<void> {
  const settings = settingsFrom(process.env);
  const app = await NestFactory.create(AppModule.with(settings), { logger: new ConsoleLogger({ prefix: 'shop' }) });
  // On SIGTERM and SIGINT Nest closes the application, and nestjs-dq with it: no new job is taken, running handlers finish.
  app.enableShutdownHooks();
  await app.listen(settings.port, '127.0.0.1');
  console.log(`shop listening on ${await app.getUrl()}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exit(1);
}
