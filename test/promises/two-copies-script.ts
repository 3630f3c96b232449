// The child of two-copies.spec.ts: an application with a library that brings its own copy of the package. It tells what it sees as JSON.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { type DynamicModule, type INestApplicationContext, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as own from 'nestjs-dq';
import * as ownTesting from 'nestjs-dq/testing';

const isAlone = process.env['SCENARIO'] === 'one';
// As a library in CommonJS loads it: from its own node_modules.
const load = createRequire(new URL('library/index.cjs', import.meta.url));
const other = isAlone ? own : (load('nestjs-dq') as typeof own);
const otherTesting = isAlone ? ownTesting : (load('nestjs-dq/testing') as typeof ownTesting);

const told: unknown[] = [];
const lines: string[] = [];
const to = (level: string) => (text: string) => void lines.push(`${level}: ${text}`);
const events: own.DqEvent[] = [];
let wake: () => void = () => undefined;

/** Without the second copy's `DqAgain` there would be no second attempt to wait for. */
setTimeout(() => process.exit(1), 20_000).unref();

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

let attempts = 0;

/** As the library wrote it. */
class Jobs {
  @other.DqHandler('again')
  again(): unknown {
    attempts++;
    wake();
    return attempts === 1 ? new other.DqAgain(1) : undefined;
  }

  @other.DqHandler('give-up')
  giveUp(): void {
    throw new other.DqGiveUp('as it was told');
  }
}

@Module({})
class Root {}

function application(parts: Partial<DynamicModule>): Promise<INestApplicationContext> {
  const dq = own.DqModule.forRoot({
    embedded: true,
    tubes: ['again', 'give-up'],
    logger: { log: to('log'), warn: to('warn'), error: to('error') },
    onEvent: (event) => {
      events.push(event);
      wake();
    },
  });
  const root = { ...parts, module: Root, imports: [...(parts.imports ?? []), dq] };
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
}

/** What the start of such an application is refused with. */
async function refusal(parts: Partial<DynamicModule>): Promise<string> {
  try {
    const started = await application(parts);
    await started.close();
    return 'started';
  } catch (error) {
    return (error as Error).message;
  }
}

const injecting = (token: Type<unknown>) => ({ provide: 'INJECTING', inject: [token], useFactory: () => 1 });

const app = await application({ providers: [Jobs] });
await app.get<own.DqProducer>(own.getDqProducerToken('again')).delay(1, 0);
await until(() => attempts === 2);
await app.get<own.DqProducer>(other.getDqProducerToken('give-up')).delay(1, 0);
await until(() => events.some(({ type }) => type === 'job-dead'));
const dead = events.find((event) => event.type === 'job-dead');
const failed = events.filter(({ type }) => type === 'job-failed').length;
told.push({ again: attempts, failed, dead: dead?.reason });

const error: unknown = await app
  .get(own.DqProducer)
  .delay(1, -1)
  .catch((thrown: unknown) => thrown);
told.push({
  same: own.DqModule === other.DqModule,
  isDqError: error instanceof other.DqError,
  isDelayError: error instanceof other.DqDelayError,
  isDateError: error instanceof other.DqDateError,
});

// Each class that can be told apart, made there and asked here; and by which others it is taken for its own.
type ErrorClass = abstract new (...args: never[]) => Error;
const classes = (...copies: readonly object[]): readonly (readonly [string, ErrorClass])[] =>
  copies.flatMap((copy) =>
    Object.entries(copy).filter(
      ([, value]: [string, unknown]) => typeof value === 'function' && value.prototype instanceof Error,
    ),
  );
const strangers: unknown[] = [];
for (const [name, type] of classes(other, otherTesting)) {
  const made = Object.create(type.prototype as object) as object;
  const taken = classes(own, ownTesting).filter(([, mine]) => made instanceof mine);
  const names = new Set(taken.map(([mine]) => mine));
  const expected = new Set(made instanceof other.DqError ? [name, 'DqError'] : [name]);
  if (names.size !== expected.size || ![...expected].every((each) => names.has(each))) strangers.push([name, ...names]);
}
class OwnKind extends own.DqDelayError {}
const anything: readonly unknown[] = [null, undefined, 1, 'x', {}, new Error('x'), () => 1];
told.push({
  classes: classes(other, otherTesting).length,
  strangers,
  subclass: [
    new OwnKind('x') instanceof OwnKind,
    new OwnKind('x') instanceof other.DqDelayError,
    new other.DqDelayError('x') instanceof OwnKind,
    new own.DqDelayError('x') instanceof OwnKind,
  ],
  others: anything.filter((value) => value instanceof own.DqError).length,
});
await app.close();
const warnings = lines.filter((line) => line.includes('copy of nestjs-dq'));

if (!isAlone) {
  told.push({
    producer: await refusal({ providers: [injecting(other.DqProducer)] }),
    inspector: await refusal({ providers: [injecting(other.DqInspector)] }),
    feature: await refusal({ imports: [other.DqModule.forFeature('reports')] }),
    roots: await refusal({ imports: [other.DqModule.forRoot({ embedded: true })] }),
    never: await refusal({ providers: [{ ...injecting(other.DqProducer), scope: Scope.REQUEST }] }),
  });
}
console.log(JSON.stringify({ told, warnings }));
