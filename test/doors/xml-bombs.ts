/** The largest document there may be. */
const whole = 2 * 1024 * 1024;

/** Repeats what `make` gives until the document is as large as it may be. */
function fill(open: string, close: string, make: (index: number) => string): string {
  const parts = [open];
  for (let size = open.length + close.length, index = 0; ; index++) {
    const part = make(index);
    size += part.length;
    if (size > whole) return parts.join('') + close;
    parts.push(part);
  }
}
const laughs = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join('');

/** Documents that are made to break a parser, or to keep it busy; all of them are refused. */
export const xmlBombs: readonly (readonly [title: string, document: string])[] = [
  [
    'entities that laugh a billion times',
    `<!DOCTYPE MESSAGES [<!ENTITY l0 "ha">${laughs}]><MESSAGES>&l9;</MESSAGES>`,
  ],
  [
    'an entity that is a file',
    '<!DOCTYPE MESSAGES [<!ENTITY f SYSTEM "file:///etc/passwd">]><MESSAGES>&f;</MESSAGES>',
  ],
  ['a DOCTYPE elsewhere', '<!DOCTYPE MESSAGES SYSTEM "http://127.0.0.1:9/x.dtd"><MESSAGES/>'],
  [
    'a parameter entity',
    '<!DOCTYPE MESSAGES [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><MESSAGES/>',
  ],
  [
    'a DOCTYPE of two megabytes',
    fill('<!DOCTYPE MESSAGES [', ']><MESSAGES/>', (i) => `<!ENTITY e${i} "x">`),
  ],
  ['a DOCTYPE without an end', '<!DOCTYPE '.padEnd(whole, '[')],
  ['elements 90000 deep', '<MESSAGES>'.repeat(90_000) + '</MESSAGES>'.repeat(90_000)],
  ['elements that are never closed', fill('', '', () => '<a>')],
  ['less-than signs', '<'.repeat(whole)],
  ['a million attributes', fill('<MESSAGES ', '/>', (i) => `a${i.toString(36)}="" `)],
  ['as many elements as fit', fill('<MESSAGES>', '</MESSAGES>', () => '<a/>')],
  ['as many MSG as fit', fill('<MESSAGES>', '</MESSAGES>', () => '<MSG/>')],
  ['as many recipients as fit', fill('<MESSAGES><MSG>', '</MSG></MESSAGES>', () => '<TO/>')],
  [
    'as many channels as fit',
    fill('<MESSAGES><MSG><ALLOWEDCHANNELS>', '</ALLOWEDCHANNELS></MSG></MESSAGES>', () => 'a,'),
  ],
  [
    'a text of two megabytes',
    fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => 'xxxxxxxx'),
  ],
  [
    'a text of references',
    fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '&#65;'),
  ],
  ['a text of line ends', fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '\r')],
  ['a text of CDATA', fill('<MESSAGES><x>', '</x></MESSAGES>', () => '<![CDATA[x]]>')],
  ['brackets in CDATA', fill('<MESSAGES><x><![CDATA[', ']]></x></MESSAGES>', () => ']')],
  ['comments', fill('<MESSAGES>', '</MESSAGES>', () => '<!---->')],
  ['a comment of hyphens', '<!--'.padEnd(whole, '- ')],
  ['blanks', fill('<MESSAGES>', '</MESSAGES>', () => ' '.repeat(64))],
  ['a name of two megabytes', `<${'M'.repeat(whole - 3)}/>`],
  [
    'an attribute of two megabytes',
    `<MESSAGES><MSG><BODY HEADER="${'0'.repeat(whole - 60)}"/></MSG></MESSAGES>`,
  ],
  ['an entity of two megabytes', `<MESSAGES>&${'a'.repeat(whole - 30)};</MESSAGES>`],
  [
    'a declaration of two megabytes',
    `<?xml version="1.0" encoding="${'a'.repeat(whole - 50)}"?><MESSAGES/>`,
  ],
];
