/** What must be true of every ledger (DESIGN §4; decision 005), by the name under which a breach is reported. */
export const rules = {
  lost: 'What was acknowledged reaches the operator, every part of it',
  'no-end': 'Every message comes to an end that its customer is told',
  'two-ends': 'No message has two ends',
  'wrong-end': 'The end that is told is what became of the message',
  backwards: '"Accepted" is told before the end, and nothing after it',
  'told-again':
    'A report is told again only if it was not taken, or its taking was lost in a crash',
  'wrong-way': 'Reports go to the session or to the webhook, as their message came',
  'receipt-lost': 'Every receipt is answered OK, or sent again until it is',
  'sent-again': 'What is known to be sent is not sent again',
  duplicates: 'A crash repeats no more parts than the bound',
  stranger: 'Nothing comes out that was not put in',
  damaged: 'What is on the disk is sound',
  gateway: 'The gateway ends only when it is killed or told to, and then with 0',
} as const;

export type Rule = keyof typeof rules;

export interface Violation {
  readonly rule: Rule;
  /** The message number; -1 where it is about no single message. */
  readonly index: number;
  readonly sentence: string;
}
