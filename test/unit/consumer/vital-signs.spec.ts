import { expect, it } from '@jest/globals';
import { ConsumerBed } from './consumer-bed.js';

it('a consumer shows how many jobs that are due wait here for their claim or a slot, beside those that run', async () => {
  const noted: string[] = [];
  const bed: ConsumerBed = new ConsumerBed(2, () => {
    const { waiting, running } = bed.consumer.signs;
    noted.push(`${waiting} wait, ${running} run`);
  });
  await bed.put(['one', 'two'], [0]);
  bed.consumer.start();
  await bed.clock.advance(1_000);
  expect(noted).toEqual(['1 wait, 1 run', '0 wait, 1 run']);
  expect(bed.consumer.signs).toMatchObject({ waiting: 0, running: 0 });
  await bed.close();
});
