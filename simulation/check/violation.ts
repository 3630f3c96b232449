/** The rules, by what breaks them. */
export type Rule =
  | 'lost'
  | 'unexpected'
  | 'twice'
  | 'not its own'
  | 'early'
  | 'revoked ran'
  | 'refused ran'
  | 'id twice'
  | 'told wrong'
  | 'unsettled'
  | 'corrupt'
  | 'left over'
  | 'not drained'
  | 'left open'
  | 'died needlessly'
  | 'threw';

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}
