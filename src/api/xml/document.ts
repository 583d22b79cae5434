import { messageObjectsMax, recipientsMax } from '../../intake/limits.ts';
import type { IntakeMessage } from '../../intake/request.ts';
import { readWholeNumber } from '../whole-number.ts';
import type { XmlLimits } from './limits.ts';
import { readXml, type TakeTurn, type XmlHandler } from './xml-text.ts';

/** A send request as it was found in an XML document (contract §5). */
export interface SendDocument {
  readonly token: string | null;
  readonly messages: readonly IntakeMessage[] | 'too-many';
}

/**
 * Finds the fields of a send request. Null when the body is not XML as `readXml` takes it, or not of this
 * form: another root than `MESSAGES`, an element or a text where there can be none, a second one where
 * there can be one. Elements with other names are passed over; names count in capitals only (§5.1).
 */
export async function readDocument(
  body: Buffer,
  limits: XmlLimits,
  takeTurn: TakeTurn,
): Promise<SendDocument | null> {
  const reader = new DocumentReader(limits);
  return (await readXml(body, limits, reader, takeTurn)) ? reader.document() : null;
}

/** What stands around the parser's place: an element of the form, one with a value, or one passed over. */
type Place = 'messages' | 'authentication' | 'msg' | 'value' | 'other';

/** The elements of a `MSG` that can be there once (contract §5.2); `TO` and `ALLOWEDCHANNELS` can be there often. */
const singles: ReadonlySet<string> = new Set([
  'FROM',
  'BODY',
  'DCS',
  'REFERENCE',
  'MINIMUMNUMBEROFMESSAGEPARTS',
  'MAXIMUMNUMBEROFMESSAGEPARTS',
  'CUSTOMGROUPING',
  'CUSTOMGROUPING2',
  'CUSTOMGROUPING3',
  'CHANNEL',
  'APPKEY',
  'VALIDITY',
]);

const blank = /^[ \t\r\n]*$/;

/** Goes through one document. */
class DocumentReader implements XmlHandler {
  readonly #limits: XmlLimits;
  readonly #places: Place[] = [];
  readonly #messages: IntakeMessage[] = [];
  #count = 0;
  #token: string | null = null;
  /** The element whose value is being read, and the value so far. */
  #element = '';
  #text = '';
  #message = new MessageReader();

  constructor(limits: XmlLimits) {
    this.#limits = limits;
  }

  document(): SendDocument {
    const isTooMany = this.#count > messageObjectsMax;
    return { token: this.#token, messages: isTooMany ? 'too-many' : this.#messages };
  }

  open(name: string, attributes: Readonly<Record<string, string>>): boolean {
    const place = this.#places.at(-1);
    const next = this.#find(place, name);
    if (next === null) return false;
    this.#places.push(next);
    if (next === 'value') {
      this.#element = name;
      this.#text = '';
      if (name === 'BODY') this.#message.describeBody(attributes);
    } else if (next === 'msg') {
      this.#message = new MessageReader();
    }
    return true;
  }

  text(text: string): boolean {
    const place = this.#places.at(-1);
    if (place !== 'value') return place === 'other' || blank.test(text);
    this.#text += text;
    const { bodyCharactersMax, fieldCharactersMax } = this.#limits;
    const isBody = this.#element === 'BODY';
    return this.#text.length <= (isBody ? bodyCharactersMax : fieldCharactersMax);
  }

  close(): boolean {
    const place = this.#places.pop();
    if (place === 'msg') this.#messages.push(this.#message.read());
    return place !== 'value' || this.#take();
  }

  /** What an element is at a place; null where there can be none. */
  #find(place: Place | undefined, name: string): Place | null {
    switch (place) {
      case undefined:
        return name === 'MESSAGES' ? 'messages' : null;
      case 'messages':
        if (name === 'AUTHENTICATION') return 'authentication';
        if (name !== 'MSG') return 'other';
        this.#count++;
        return this.#count > messageObjectsMax ? 'other' : 'msg';
      case 'authentication':
        return name === 'PRODUCTTOKEN' ? 'value' : 'other';
      case 'msg':
        return singles.has(name) || name === 'TO' || name === 'ALLOWEDCHANNELS' ? 'value' : 'other';
      case 'value':
        return null;
      case 'other':
        return 'other';
    }
  }

  /** Keeps a value that is complete; false when it is one too many. */
  #take(): boolean {
    const isBody = this.#element === 'BODY';
    const text = detach(isBody ? this.#text : this.#text.trim());
    if (this.#places.at(-1) === 'msg') {
      return this.#message.take(this.#element, text, this.#limits.channelNamesMax);
    }
    if (this.#token !== null) return false;
    this.#token = text;
    return true;
  }
}

/** Collects the values of one `MSG`. */
class MessageReader {
  readonly #values = new Map<string, string>();
  readonly #to: (string | null)[] = [];
  readonly #allowedChannels: string[] = [];
  #bodyType: string | null = null;
  #bodyHeader: string | null = null;

  describeBody(attributes: Readonly<Record<string, string>>): void {
    this.#bodyType = attributes['TYPE']?.trim() || null;
    this.#bodyHeader = detach(attributes['HEADER']?.trim() ?? '') || null;
  }

  take(element: string, text: string, channelNamesMax: number): boolean {
    if (element === 'TO') {
      // One more than may be there is enough to know.
      if (this.#to.length <= recipientsMax) this.#to.push(text === '' ? null : text);
      return true;
    }
    if (element === 'ALLOWEDCHANNELS') {
      for (const name of text.split(',')) {
        if (name.trim() !== '') this.#allowedChannels.push(name);
      }
      return this.#allowedChannels.length <= channelNamesMax;
    }
    if (this.#values.has(element)) return false;
    this.#values.set(element, text);
    return true;
  }

  read(): IntakeMessage {
    const content = this.#values.get('BODY');
    return {
      from: this.#get('FROM'),
      to: this.#to.length > recipientsMax ? 'too-many' : this.#to,
      body:
        content === undefined ? null : { content, type: this.#bodyType, header: this.#bodyHeader },
      allowedChannels: this.#chooseChannels(),
      reference: this.#get('REFERENCE'),
      groupings: [
        this.#get('CUSTOMGROUPING'),
        this.#get('CUSTOMGROUPING2'),
        this.#get('CUSTOMGROUPING3'),
      ],
      validity: this.#get('VALIDITY'),
      dcs: this.#getNumber('DCS'),
      partsMin: this.#getNumber('MINIMUMNUMBEROFMESSAGEPARTS'),
      partsMax: this.#getNumber('MAXIMUMNUMBEROFMESSAGEPARTS'),
      appKey: this.#get('APPKEY'),
      rich: null,
    };
  }

  /** `ALLOWEDCHANNELS` decides; else `CHANNEL`, with SMS behind Push ("hybrid"); else SMS (contract §5.2). */
  #chooseChannels(): readonly string[] {
    if (this.#allowedChannels.length > 0) return this.#allowedChannels;
    const channel = this.#get('CHANNEL');
    if (channel === null) return smsOnly;
    return channel.toLowerCase() === 'push' ? pushThenSms : [channel];
  }

  /** An element without a value is as good as none: clients write them for what they do not use. */
  #get(element: string): string | null {
    return this.#values.get(element) || null;
  }

  #getNumber(element: string): number | null {
    const text = this.#get(element);
    return text === null ? null : readWholeNumber(text);
  }
}

const smsOnly = ['SMS'];
const pushThenSms = ['Push', 'SMS'];

/** Below this length the engine copies a piece of a text; a longer one keeps the whole document alive. */
const sliceCharactersMin = 13;

/** The text on its own, so that a message that waits does not hold the request it came in. */
function detach(text: string): string {
  return text.length < sliceCharactersMin ? text : Buffer.from(text).toString('utf8');
}
