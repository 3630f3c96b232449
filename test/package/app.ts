// A user's application, compiled and run by packed.spec.ts in a project of its own, against the packed package and the Nest of
// that project. It tells what it sees line by line.
import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  type OnModuleDestroy,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { DqHandler, type DqJob, DqModule, DqProducer, InjectDqProducer } from 'nestjs-dq';

interface Order {
  readonly id: number;
}

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

@Injectable()
class Database implements OnModuleDestroy {
  open = true;

  onModuleDestroy(): void {
    this.open = false;
    tell('database closed');
  }
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly database: Database) {}

  canActivate(context: ExecutionContext): boolean {
    tell(`guard ${context.getType()} ${this.database.open}`);
    return true;
  }
}

@Injectable()
class Around implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    tell('interceptor');
    return next.handle();
  }
}

@Injectable()
class AddOne implements PipeTransform<Order, Order> {
  transform({ id }: Order): Order {
    return { id: id + 1 };
  }
}

@Catch(RangeError)
class Filter implements ExceptionFilter<RangeError> {
  catch(error: RangeError, host: ArgumentsHost): string {
    tell(`filter ${host.getType()} ${error.message}`);
    return 'handled';
  }
}

@Controller()
class Enhanced {
  @DqHandler('enhanced')
  @UseGuards(Guard)
  @UseInterceptors(Around)
  @UsePipes(AddOne)
  @UseFilters(Filter)
  run({ id }: Order): void {
    tell(`enhanced ${id}`);
    throw new RangeError('out of range');
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerJob {
  constructor(@Inject(REQUEST) private readonly request: DqJob<Order>) {}

  @DqHandler('per-job')
  run(_: Order, job: DqJob<Order>): void {
    tell(`request ${this.request === job} ${this.request.data.id}`);
  }
}

let made = 0;

@Injectable({ scope: Scope.TRANSIENT })
class Fresh {
  readonly number = ++made;
  constructor(private readonly database: Database) {}

  @DqHandler('fresh')
  run(): void {
    tell(`transient ${this.number === made} ${this.database.open}`);
  }
}

@Injectable()
class Orders {
  constructor(
    private readonly dq: DqProducer,
    @InjectDqProducer('orders') private readonly orders: DqProducer<Order>,
    private readonly database: Database,
  ) {}

  async place(order: Order): Promise<void> {
    const handle = await this.orders.delay(order, '50ms');
    // A busy node acknowledges its copy too late for the handle.
    const named = handle.split(',').length - 1;
    tell(`handle of ${named < 2 ? named : 'enough'} copies`);
  }

  async revoke(order: Order): Promise<void> {
    tell(`revoke ${await this.orders.revoke(await this.orders.delay(order, '1h'))}`);
  }

  @DqHandler('orders', { concurrency: 2 })
  async cancel(order: Order, job: DqJob<Order>): Promise<void> {
    tell(`order ${order.id} early ${Date.now() < job.dueAt.getTime()}`);
    await closing;
    await this.dq.delay('more', '1h');
    tell(`drained with database ${this.database.open}`);
  }
}

let close: () => void = () => undefined;
const closing = new Promise<void>((resolve) => {
  close = resolve;
});

@Module({ imports: [DqModule.forFeature('enhanced')], controllers: [Enhanced], providers: [Database] })
class FeatureModule {}

@Module({
  imports: [
    FeatureModule,
    DqModule.forRootAsync({
      tubes: ['orders', 'per-job', 'fresh'],
      useFactory: () => ({
        beanstalks: (process.env['BEANSTALKS'] ?? '').split(','),
        redis: process.env['REDIS_URL'] ?? '',
        // Others read the default tube, to which it schedules too.
        consume: ['orders', 'per-job', 'fresh', 'enhanced'],
      }),
    }),
  ],
  providers: [Orders, PerJob, Fresh, Database],
})
class AppModule {
  constructor(
    @InjectDqProducer('per-job') readonly perJob: DqProducer<Order>,
    @InjectDqProducer('fresh') readonly fresh: DqProducer,
  ) {}
}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error', 'fatal'] });
  const { perJob, fresh } = app.get(AppModule);
  await perJob.delay({ id: 7 }, 0);
  await heard('request true 7');
  await fresh.delay({}, 0);
  await heard('transient true true');
  await app.get<DqProducer>('DqProducer(enhanced)').delay({ id: 1 }, 0);
  await heard('filter dq out of range');
  await app.get(Orders).revoke({ id: 2 });
  await app.get(Orders).place({ id: 3 });
  await heard('order 3 early false');
  const closed = app.close();
  // Whatever would be closed too early is closed by then.
  setImmediate(close);
  await closed;
  tell('closed');
}

void main();
