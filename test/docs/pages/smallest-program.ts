import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DqHandler, type DqJob, DqModule, DqProducer, InjectDqProducer } from 'nestjs-dq';

interface Order {
  id: string;
}

@Injectable()
class OrderService {
  constructor(@InjectDqProducer('orders') private readonly orders: DqProducer<Order>) {}

  place(order: Order): Promise<string> {
    return this.orders.delay(order, '5s'); // the handle, for revoke()
  }
}

@Injectable()
class OrderJobs {
  @DqHandler('orders', { concurrency: 20 })
  async cancelUnpaid(order: Order, job: DqJob<Order>): Promise<void> {
    console.log(`order ${order.id}, due at ${job.dueAt.toISOString()}, attempt ${job.attempt}`);
  }
}

@Module({
  imports: [
    DqModule.forRoot({
      beanstalks: (process.env.DQ_BEANSTALKS ?? '127.0.0.1:11301,127.0.0.1:11302,127.0.0.1:11303').split(','),
      redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
      tubes: ['orders'],
    }),
  ],
  providers: [OrderService, OrderJobs],
})
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule);
  app.enableShutdownHooks();
  console.log(await app.get(OrderService).place({ id: '42' }));
}

void bootstrap();
