// What the doctor finds of the rights that a user of Redis has; beside it a user who has those of the guide.
import { describe, expect, it } from '@jest/globals';
import { RIGHTS } from '../../../lib/core/redis/redis-fault.js';
import { doctorBed, on } from './doctor-bed.js';

const bed = doctorBed();
const PASSWORD = 's3cret-word';

let users = 0;
/** The address of the Redis of all tests for a user that has these rights alone. */
async function userWith(...rules: readonly string[]): Promise<string> {
  const name = `user-${++users}`;
  await on(bed.redis, (redis) => redis.call('ACL', 'SETUSER', name, 'on', `>${PASSWORD}`, '-@all', ...rules));
  return `redis://${name}:${PASSWORD}@${bed.redis.endpoint}`;
}

const ALL = [
  '~dq:*',
  ...RIGHTS.split(' '),
  ...'+info +config|get +xadd +xtrim +xrevrange'.split(' '),
  ...'+hget +hset +hdel +hexists +hmget +hscan +zadd +zrem +zrange +zrangebyscore +del'.split(' '),
];

function allBut(...rights: readonly string[]): Promise<string> {
  return userWith(...ALL.filter((rule) => !rights.includes(rule)));
}

describe('rights', () => {
  it.each(RIGHTS.split(' '))('without %s are an error that names it', async (right) => {
    const { one } = await bed.finds({ redis: await allBut(right) }, 4, { rights: 'error' });
    expect(one('rights').found).toBe(`its user lacks rights that claims need: ${right}`);
  });

  it('without several name them all', async () => {
    await bed.finds({ redis: await allBut('+get', '+mget', '+time') }, 4, {
      rights: ['error', /need: \+get \+mget \+time$/],
    });
  });

  it('to other keys alone are an error that names the keys', async () => {
    const redis = await userWith(...ALL.with(0, '~other:*'));
    await bed.finds({ redis }, 4, { rights: ['error', 'dq:{dq-doctor}', '~dq:*'] });
  });

  it('to the keys of a tube suffice when it is named', async () => {
    const redis = await userWith(...ALL.with(0, '~dq:{orders}*'));
    expect((await bed.diagnose({ redis, args: ['orders'] })).one('rights').level).toBe('ok');
  });

  it('that only recurring jobs or histories need are warned of', async () => {
    const redis = await userWith('~dq:*', ...RIGHTS.split(' '), '+info', '+config|get');
    await bed.finds({ redis }, 0, {
      rights: 'ok',
      history: ['warn', /: \+xadd \+xtrim \+xrevrange$/],
      'recurring jobs': [
        'warn',
        /: \+hset \+hget \+hdel \+hexists \+hmget \+hscan \+zadd \+zrem \+zrange \+zrangebyscore \+del$/,
      ],
    });
  });

  it('without INFO leave much that is not known, and is not called well, without CONFIG appendfsync', async () => {
    await bed.finds({ redis: await allBut('+config|get') }, 0, { appendfsync: ['warn', 'not known'] });
    const { of } = await bed.finds({ redis: await allBut('+info') }, 0, {
      'version, role, memory, persistence': ['warn', undefined, /^Allow \+info$/],
      scripts: 'ok',
    });
    expect([...of('version', 'Redis'), ...of('role'), ...of('eviction')]).toEqual([]);
  });

  it('never show a password', async () => {
    expect((await bed.diagnose({ redis: await userWith('~dq:*') })).text).not.toContain(PASSWORD);
  });

  it('of the guide alone suffice', async () => {
    const { findings } = await bed.finds({ redis: await userWith(...ALL) }, 0, {});
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  });
});
