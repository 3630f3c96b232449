// What every node must do, whatever stands behind it: beanstalkd's rules, as far as this package relies on them.
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { connectionRules } from './node-connection.contract.js';
import { jobRules } from './node-jobs.contract.js';
import { type NodeFixture, NodeLab } from './node-lab.js';

export function nodeContract(open: () => Promise<NodeFixture>): void {
  const lab = new NodeLab();
  beforeAll(() => lab.open(open));
  afterEach(() => lab.hangUp());
  afterAll(() => lab.close());
  jobRules(lab);
  connectionRules(lab);
}
