import { isAscii, isUtf8 } from 'node:buffer';
import { SaxesParser } from 'saxes';
import type { XmlLimits } from './limits.ts';

/** Is told of a document in its order. Each answers whether to go on; false refuses the document. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): boolean;
  /** A piece of text; comments, references and CDATA sections cut texts into several. */
  text(text: string): boolean;
  close(): boolean;
}

export type XmlTextLimits = Pick<
  XmlLimits,
  'depthMax' | 'elementsMax' | 'attributesMax' | 'pieceCharactersMax'
>;

/** Resolves when others have had their turn of the event loop. */
export type TakeTurn = () => Promise<void>;

/**
 * Goes through a body as XML 1.0 in UTF-8, skipping a byte order mark (contract §2). False when it is not
 * well-formed, is over a limit, is refused by `handler`, or has what no client of ours needs and
 * attackers do: a DOCTYPE, an entity of its own, a processing instruction (contract §5.1). A megabyte takes tens of
 * milliseconds; between its pieces others get their turn.
 */
export async function readXml(
  body: Buffer,
  limits: XmlTextLimits,
  handler: XmlHandler,
  takeTurn: TakeTurn,
): Promise<boolean> {
  if (!isUtf8(body)) return false;
  const parser = new SaxesParser(strict);
  let depth = 0;
  let elements = 0;
  let attributes = 0;
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('processinginstruction', refuse);
  parser.on('xmldecl', ({ encoding }) => {
    if (!isTrue(encoding, body)) refuse();
  });
  parser.on('opentagstart', () => {
    attributes = 0;
    depth++;
    elements++;
    if (depth > limits.depthMax || elements > limits.elementsMax) refuse();
  });
  parser.on('attribute', () => {
    attributes++;
    if (attributes > limits.attributesMax) refuse();
  });
  parser.on('opentag', (tag) => {
    if (!handler.open(tag.name, tag.attributes)) refuse();
  });
  parser.on('text', (text) => {
    if (depth > 0 && !handler.text(text)) refuse();
  });
  parser.on('cdata', (text) => {
    if (!handler.text(text)) refuse();
  });
  parser.on('closetag', () => {
    depth--;
    if (!handler.close()) refuse();
  });
  try {
    const text = body.toString('utf8');
    for (let at = 0; at < text.length; at += limits.pieceCharactersMax) {
      if (at > 0) await takeTurn();
      parser.write(text.slice(at, at + limits.pieceCharactersMax));
    }
    parser.close();
    return true;
  } catch (error) {
    if (error === refusal) return false;
    throw error;
  }
}

/** Version 1.1 has nothing more than control characters, which no message can carry. */
const strict = {
  xmlns: false,
  position: false,
  defaultXMLVersion: '1.0',
  forceXMLVersion: true,
} as const;

/** The one way out of the middle of a parser. */
const refusal = new Error('refused');

function refuse(): never {
  throw refusal;
}

/**
 * Whether the encoding that a declaration names gives these octets the meaning they have in UTF-8. UTF-16 cannot
 * be true of a declaration that was read octet by octet: such come from clients that made a string first.
 */
function isTrue(encoding: string | undefined, body: Buffer): boolean {
  return encoding === undefined || /^utf-?(?:8|16)$/i.test(encoding) || isAscii(body);
}
