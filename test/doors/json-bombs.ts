/** Repeats what `make` gives until the document has so many octets. */
function fill(size: number, open: string, close: string, make: (index: number) => string): string {
  const parts: string[] = [];
  for (let length = open.length + close.length, index = 0; ; index++) {
    const part = make(index);
    length += part.length + 1;
    if (length > size) return open + parts.join() + close;
    parts.push(part);
  }
}

/** Bodies of at most so many octets that are made to break a parser, or to keep it busy; all of them are refused. */
export const jsonBombs: readonly (readonly [title: string, make: (size: number) => string])[] = [
  [
    'arrays as deep as fit',
    (size) => `{"messages":${'['.repeat(size / 2 - 20)}${']'.repeat(size / 2 - 20)}}`,
  ],
  [
    'objects as deep as fit',
    (size) => `${'{"messages":'.repeat(size / 13 - 1)}1${'}'.repeat(size / 13 - 1)}`,
  ],
  ['brackets that are never closed', (size) => '['.repeat(size)],
  ['quotes and backslashes', (size) => '\\"'.repeat(size / 2)],
  ['as many keys as fit', (size) => fill(size, '{', '}', (index) => `"${index.toString(36)}k":1`)],
  ['as many numeric keys as fit', (size) => fill(size, '{', '}', (index) => `"${index * 977}":1`)],
  [
    'as many layouts as fit',
    (size) => fill(size, '[', ']', (index) => `{"a${index}":1,"b${index}":2}`),
  ],
  ['as many objects as fit', (size) => fill(size, '[', ']', () => '{}')],
  ['the same key as often as it fits', (size) => fill(size, '{', '}', () => '"messages":{}')],
  ['a number of as many digits as fit', (size) => `{"messages":${'9'.repeat(size - 20)}}`],
  [
    'as many numbers as fit, all of which are read twice',
    (size) =>
      fill(size, '{"messages":{"msg":[{"reference":9007199254740993,"x":[', ']}]}}', () => '1'),
  ],
  ['as many msg as fit', (size) => fill(size, '{"messages":{"msg":[', ']}}', () => '{}')],
  [
    'as many recipients as fit',
    (size) => fill(size, '{"messages":{"msg":[{"to":[', ']}]}}', () => '{}'),
  ],
  [
    'as many channels as fit',
    (size) => fill(size, '{"messages":{"msg":[{"allowedChannels":[', ']}]}}', () => '"a"'),
  ],
  ['a key as long as fits', (size) => `{"${'m'.repeat(size - 10)}":1}`],
  [
    'a token as long as fits',
    (size) => `{"messages":{"authentication":{"productToken":"${'a'.repeat(size - 60)}"}}}`,
  ],
];
