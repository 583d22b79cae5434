/** Repeats what `make` gives until the document has so many octets. */
function fill(whole: number, open: string, close: string, make: (index: number) => string): string {
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

/** Documents of at most so many octets that are made to break a parser, or to keep it busy; all of them are refused. */
export const xmlBombs: readonly (readonly [title: string, make: (whole: number) => string])[] = [
  [
    'entities that laugh a billion times',
    () => `<!DOCTYPE MESSAGES [<!ENTITY l0 "ha">${laughs}]><MESSAGES>&l9;</MESSAGES>`,
  ],
  [
    'an entity that is a file',
    () => '<!DOCTYPE MESSAGES [<!ENTITY f SYSTEM "file:///etc/passwd">]><MESSAGES>&f;</MESSAGES>',
  ],
  ['a DOCTYPE elsewhere', () => '<!DOCTYPE MESSAGES SYSTEM "http://127.0.0.1:9/x.dtd"><MESSAGES/>'],
  [
    'a parameter entity',
    () => '<!DOCTYPE MESSAGES [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><MESSAGES/>',
  ],
  [
    'a DOCTYPE as long as fits',
    (whole) => fill(whole, '<!DOCTYPE MESSAGES [', ']><MESSAGES/>', (i) => `<!ENTITY e${i} "x">`),
  ],
  ['a DOCTYPE without an end', (whole) => '<!DOCTYPE '.padEnd(whole, '[')],
  [
    'elements as deep as fit',
    (whole) => '<MESSAGES>'.repeat(whole / 21) + '</MESSAGES>'.repeat(whole / 21),
  ],
  ['elements that are never closed', (whole) => fill(whole, '', '', () => '<a>')],
  ['less-than signs', (whole) => '<'.repeat(whole)],
  [
    'as many attributes as fit',
    (whole) => fill(whole, '<MESSAGES ', '/>', (i) => `a${i.toString(36)}="" `),
  ],
  ['as many elements as fit', (whole) => fill(whole, '<MESSAGES>', '</MESSAGES>', () => '<a/>')],
  ['as many MSG as fit', (whole) => fill(whole, '<MESSAGES>', '</MESSAGES>', () => '<MSG/>')],
  [
    'as many recipients as fit',
    (whole) => fill(whole, '<MESSAGES><MSG>', '</MSG></MESSAGES>', () => '<TO/>'),
  ],
  [
    'as many channels as fit',
    (whole) =>
      fill(
        whole,
        '<MESSAGES><MSG><ALLOWEDCHANNELS>',
        '</ALLOWEDCHANNELS></MSG></MESSAGES>',
        () => 'a,',
      ),
  ],
  [
    'a text as long as fits',
    (whole) => fill(whole, '<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => 'xxxxxxxx'),
  ],
  [
    'a text of references',
    (whole) => fill(whole, '<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '&#65;'),
  ],
  [
    'a text of line ends',
    (whole) => fill(whole, '<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '\r'),
  ],
  [
    'a text of CDATA',
    (whole) => fill(whole, '<MESSAGES><x>', '</x></MESSAGES>', () => '<![CDATA[x]]>'),
  ],
  [
    'brackets in CDATA',
    (whole) => fill(whole, '<MESSAGES><x><![CDATA[', ']]></x></MESSAGES>', () => ']'),
  ],
  ['comments', (whole) => fill(whole, '<MESSAGES>', '</MESSAGES>', () => '<!---->')],
  ['a comment of hyphens', (whole) => '<!--'.padEnd(whole, '- ')],
  ['blanks', (whole) => fill(whole, '<MESSAGES>', '</MESSAGES>', () => ' '.repeat(64))],
  ['a name as long as fits', (whole) => `<${'M'.repeat(whole - 3)}/>`],
  [
    'an attribute as long as fits',
    (whole) => `<MESSAGES><MSG><BODY HEADER="${'0'.repeat(whole - 60)}"/></MSG></MESSAGES>`,
  ],
  ['an entity as long as fits', (whole) => `<MESSAGES>&${'a'.repeat(whole - 30)};</MESSAGES>`],
  [
    'a declaration as long as fits',
    (whole) => `<?xml version="1.0" encoding="${'a'.repeat(whole - 50)}"?><MESSAGES/>`,
  ],
];
