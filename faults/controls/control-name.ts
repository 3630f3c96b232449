/** The protections that can be taken out; each has a file of its name. */
export type ControlName =
  | 'always-grants'
  | 'bare-fivebeans'
  | 'deletes-buried'
  | 'deletes-first'
  | 'forgets-ends'
  | 'forgets-ids'
  | 'never-rests'
  | 'one-copy'
  | 'raw-timeouts'
  | 'runs-early'
  | 'same-moment'
  | 'settles-first'
  | 'takes-silence-for-no'
  | 'trusts-disk'
  | 'trusts-draining'
  | 'trusts-numbers'
  | 'waits-for-all';
