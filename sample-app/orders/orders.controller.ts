import { Body, Controller, Get, HttpCode, Param, Post, UseFilters } from '@nestjs/common';
import { NewOrderPipe } from './new-order.pipe.js';
import type { NewOrder, Order } from './order.js';
import { OrdersService } from './orders.service.js';
import { QueueAwayFilter } from './queue-away.filter.js';

@Controller('orders')
@UseFilters(QueueAwayFilter)
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  place(@Body(NewOrderPipe) order: NewOrder): Promise<Order> {
    return this.orders.place(order);
  }

  @Get()
  all(): Promise<readonly Order[]> {
    return this.orders.all();
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<Order> {
    return this.orders.get(id);
  }

  @Post(':id/pay')
  @HttpCode(200)
  pay(@Param('id') id: string): Promise<Order> {
    return this.orders.pay(id);
  }
}
