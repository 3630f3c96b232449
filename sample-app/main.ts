import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DqError } from 'nestjs-dq';
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
  // Both say in one line what was expected and what to do, for example about a DQ_FILE that cannot be opened.
  console.error(error instanceof SettingsError || error instanceof DqError ? error.message : error);
  process.exit(1);
}
