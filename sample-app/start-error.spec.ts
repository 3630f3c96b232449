import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { type Settings, settingsFrom } from './settings.js';
import { startError } from './start-error.js';
import { StartLogger } from './start-logger.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Starts the shop as `main.ts` does. Resolves with what that failed with, and with all that Nest's logger wrote as errors. */
async function failedStart(
  settings: Settings,
  Log: typeof ConsoleLogger = StartLogger,
): Promise<{ error: unknown; written: string }> {
  let written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  const logger = new Log({ prefix: 'shop', logLevels: ['error', 'fatal'] });
  try {
    const app = await NestFactory.create(AppModule.with(settings), { logger, abortOnError: false });
    try {
      await app.listen(settings.port, '127.0.0.1');
    } finally {
      await app.close();
    }
  } catch (error) {
    return { error, written };
  }
  throw new Error('expected a start that fails');
}

const oneNode = settingsFrom({ DQ_BEANSTALKS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' });

describe('a failed start', () => {
  it('is one line when the queue refuses its options', async () => {
    const { error, written } = await failedStart(oneNode);
    expect(startError(error)).toMatch(/^Expected at least two nodes and copies, got 1 node.*$/);
    expect(written).toBe('');
  });

  it('would have a stack in front of that line with the logger that the running shop has', async () => {
    expect((await failedStart(oneNode, ConsoleLogger)).written).toMatch(/Expected at least two nodes[^]*\n +at /);
  });

  it('is one line when something listens on its port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const { error, written } = await failedStart({ ...settingsFrom({}), port });
      const line = `Expected PORT to be free, but another process listens on 127.0.0.1:${port}.`;
      expect(startError(error)).toBe(line);
      expect(written).toBe('');
    } finally {
      other.close();
      await once(other, 'close');
    }
  });

  it('is one line when the port may not be used', () => {
    const denied = Object.assign(new Error('listen EACCES'), { syscall: 'listen', code: 'EACCES' });
    expect(startError(Object.assign(denied, { address: '127.0.0.1', port: 80 }))).toBe(
      'Expected PORT to be one that the shop may listen on, got EACCES for 127.0.0.1:80.',
    );
  });

  it('keeps its stack when it is no mistake of whoever starts the shop', () => {
    expect(startError(new TypeError('x is not a function'))).toBeUndefined();
    expect(startError('a string')).toBeUndefined();
  });
});
