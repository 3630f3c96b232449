import { describe, expect, it } from '@jest/globals';
import { SettingsError, settingsFrom } from './settings.js';

const servers = { DQ_BEANSTALKS: '10.0.0.1:11300, 10.0.0.2:11300', REDIS_URL: 'redis://10.0.0.9:6379' };

describe('settings', () => {
  it('have defaults for all but the servers, which are not needed', () => {
    expect(settingsFrom({ ...servers, PORT: '', CANCEL_AFTER: '' })).toEqual({
      queue: { beanstalks: ['10.0.0.1:11300', '10.0.0.2:11300'], redis: 'redis://10.0.0.9:6379' },
      port: 3000,
      deadlines: { remindAfter: 900_000, cancelAfter: 1_800_000 },
    });
  });

  it('keep jobs in the process when no server is named, and in a file if there is one', () => {
    expect(settingsFrom({ DQ_BEANSTALKS: '' }).queue).toEqual({ embedded: true });
    expect(settingsFrom({ DQ_FILE: '/var/lib/shop/jobs' }).queue).toEqual({ embedded: { file: '/var/lib/shop/jobs' } });
  });

  it('are read from the environment', () => {
    expect(settingsFrom({ ...servers, PORT: '0', CANCEL_AFTER: '8s', REMIND_AFTER: '500ms' })).toMatchObject({
      port: 0,
      deadlines: { remindAfter: 500, cancelAfter: 8_000 },
    });
  });

  it.each([
    [{ ...servers, DQ_BEANSTALKS: '' }, 'Expected DQ_BEANSTALKS in the environment'],
    [{ ...servers, REDIS_URL: undefined }, 'Expected REDIS_URL in the environment'],
    [{ ...servers, DQ_FILE: '/var/lib/shop/jobs' }, 'got both'],
    [{ ...servers, PORT: '80a' }, 'Expected PORT to be a number from 0'],
    [{ ...servers, PORT: '65536' }, 'Expected PORT to be a number from 0'],
    [{ ...servers, CANCEL_AFTER: 'soon' }, 'Expected CANCEL_AFTER to be a duration'],
    [{ ...servers, CANCEL_AFTER: '-5m' }, 'Expected CANCEL_AFTER to be a duration'],
    [{ ...servers, CANCEL_AFTER: '30' }, 'Expected CANCEL_AFTER to be a duration'],
    [{ ...servers, CANCEL_AFTER: '1s', REMIND_AFTER: '1s' }, 'Expected REMIND_AFTER to be shorter than CANCEL_AFTER'],
  ])('are refused in one line that says why: %#', (env, message) => {
    const read = () => settingsFrom(env);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(message);
  });
});
