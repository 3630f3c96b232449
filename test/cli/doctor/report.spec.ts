import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { report } from '../../../lib/cli/doctor/report.js';
import { lines } from '../cli-bed.js';

const LONG = 'it acknowledged 64 jobs, and wrote 0 of them: its log failed, and is off until a restart';
const FINDINGS: readonly Finding[] = [
  { subject: '10.0.0.1:11300', check: 'answers', level: 'ok', found: 'beanstalkd 1.12, up for 3 days' },
  {
    subject: '10.0.0.1:11300',
    check: 'binlog moves',
    level: 'error',
    found: LONG,
    todo: 'Look at its disk, and restart it',
  },
  { subject: 'Redis', check: 'appendfsync', level: 'warn', found: 'not known: it refuses \u001b[2J' },
];

describe('a report', () => {
  it('has a paragraph for each subject, in 80 columns, with what to do', () => {
    expect(report(FINDINGS, false)).toBe(
      lines(
        '10.0.0.1:11300',
        '  ok     answers       beanstalkd 1.12, up for 3 days',
        '  error  binlog moves  it acknowledged 64 jobs, and wrote 0 of them: its log',
        '                       failed, and is off until a restart',
        '                       -> Look at its disk, and restart it',
        '',
        'Redis',
        String.raw`  warn   appendfsync   not known: it refuses \u001b[2J`,
        '',
        '1 error, 1 warn, 1 ok',
      ),
    );
  });

  it('has colours where a person looks at it, and lines of the same width', () => {
    const shown = report(FINDINGS, true);
    expect(shown).toContain('\u001b[31merror\u001b[0m');
    expect(shown).toContain('\u001b[33mwarn\u001b[0m ');
    const plain = ['0', '31', '32', '33'].reduce((text, code) => text.replaceAll(`\u001b[${code}m`, ''), shown);
    expect(plain).toBe(report(FINDINGS, false));
  });

  it('breaks no word', () => {
    const path = '/a/'.repeat(60);
    const shown = report(
      [{ subject: 'application', check: 'once', level: 'error', found: `2 copies: ${path}` }],
      false,
    );
    expect(shown).toContain(path);
  });
});
