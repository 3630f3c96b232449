// The child of older-nest.spec.ts: what stands on handlers, on the Nest that stands beside it. It says line by line what ran.
import 'reflect-metadata';
import {
  Body,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  Module,
  ParseIntPipe,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory, Reflector } from '@nestjs/core';
import { DqHandler, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';

const Id = createParamDecorator((_: unknown, context: ExecutionContext) => context.getArgs<[{ id: string }]>()[0].id);

const told: string[] = [];
let wake: () => void = () => undefined;

function tell(line: string): void {
  told.push(line);
  console.log(line);
  wake();
}

async function heard(line: string): Promise<void> {
  while (!told.includes(line)) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const Traced: MethodDecorator = (_target, _key, descriptor) => {
  const first = descriptor.value as unknown as (...args: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
    tell('traced');
    return first.apply(this, args);
  } as never;
};

@Injectable()
class Jobs {
  @Traced
  @UseGuards({
    canActivate(context: ExecutionContext) {
      tell(`guard for ${new Reflector().get<string>('role', context.getHandler())}`);
      return true;
    },
  })
  @SetMetadata('role', 'owner')
  @DqHandler('orders')
  run(@Id(ParseIntPipe) id: number): void {
    tell(`order ${id + 1}`);
  }
}

@Injectable()
class LazyJobs {
  @DqHandler('mails')
  run(): void {
    tell('mail');
  }
}

@Injectable()
class WrongJobs {
  @DqHandler('reports')
  run(@Body() report: unknown): unknown {
    return report;
  }
}

@Module({ providers: [LazyJobs] })
class Lazy {}

@Module({ providers: [WrongJobs] })
class Wrong {}

@Module({
  imports: [DqModule.forRoot({ embedded: true, tubes: ['orders', 'mails', 'reports'], logger: false })],
  providers: [Jobs],
})
class AppModule {}

/** Nothing here is waited for in vain without an end. */
setTimeout(() => process.exit(1), 20_000).unref();

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const producer = (tube: string): DqProducer => app.get<DqProducer>(getDqProducerToken(tube));
await producer('orders').delay({ id: '7' }, 0);
await heard('order 8');
await app.get(LazyModuleLoader).load(() => Lazy);
await producer('mails').delay({}, 0);
await heard('mail');
await app
  .get(LazyModuleLoader)
  .load(() => Wrong)
  .catch((error: unknown) => tell((error as Error).message));
await app.close();
