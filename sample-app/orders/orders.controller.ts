import { Body, Controller, Get, HttpCode, Param, Patch, Post, UseFilters } from '@nestjs/common';
import { NewEmailPipe, NewOrderPipe } from './new-order.pipe.js';
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

  @Patch(':id')
  changeEmail(@Param('id') id: string, @Body(NewEmailPipe) email: string): Promise<Order> {
    return this.orders.changeEmail(id, email);
  }

  @Post(':id/pay')
  @HttpCode(200)
  pay(@Param('id') id: string): Promise<Order> {
    return this.orders.pay(id);
  }
}
