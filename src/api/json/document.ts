import type { Groupings } from '../../core/message.ts';
import { messageObjectsMax, recipientsMax } from '../../intake/limits.ts';
import type { IntakeBody, IntakeMessage, Recipients, RichContent } from '../../intake/request.ts';
import { readWholeNumber } from '../whole-number.ts';
import { isExact } from './json-text.ts';
import { createKeyTable, isJsonObject, type JsonObject, readKeys } from './keys.ts';

/** A send request as it was found in a JSON document (contract §3). */
export interface SendDocument {
  /** The product token in the body. */
  readonly token: string | null;
  readonly messages: readonly JsonMessage[] | 'not-an-array' | 'too-many' | null;
  /** Whether a text was sent as a number of more digits than a number keeps. */
  readonly hasInexactText: boolean;
}

/** One `msg`, whose rich content is not read until it is known who sends it. */
export interface JsonMessage extends IntakeMessage {
  rich: RichContent | null;
  readonly richContent: JsonObject | null;
}

/**
 * Finds the fields of a send request. Null when the document is malformed: a value is of a type
 * that its field can never have (contract §4.3, row 3). Numbers are taken for strings and the
 * other way round, null for absent (§3.1); what is wrong with a value's content is found later.
 * Beyond `messageObjectsMax` elements none is looked at.
 */
export function readDocument(value: unknown): SendDocument | null {
  if (!isJsonObject(value)) return null;
  const messages = readKeys(value, documentKeys)[0];
  if (!isJsonObject(messages)) return null;
  return new DocumentReader().read(messages);
}

const documentKeys = createKeyTable({ messages: 0 });

const envelope = { authentication: 0, msg: 1 } as const;
const envelopeKeys = createKeyTable(envelope);

const authenticationKeys = createKeyTable({ productToken: 0 });

const msg = {
  from: 0,
  to: 1,
  body: 2,
  allowedChannels: 3,
  reference: 4,
  customGrouping: 5,
  customGrouping2: 6,
  customGrouping3: 7,
  validity: 8,
  dcs: 9,
  minimumNumberOfMessageParts: 10,
  maximumNumberOfMessageParts: 11,
  appKey: 12,
  hybridAppKey: 13,
  richContent: 14,
} as const;
const msgKeys = createKeyTable(msg);

const body = { content: 0, type: 1 } as const;
const bodyKeys = createKeyTable(body);

const recipientKeys = createKeyTable({ number: 0 });

/** Goes through one document and remembers whether a value of an impossible type, or an inexact number, was met. */
class DocumentReader {
  #isMalformed = false;
  #hasInexactText = false;

  read(source: JsonObject): SendDocument | null {
    const values = readKeys(source, envelopeKeys);
    const authentication = this.#readObject(values[envelope.authentication]);
    const token =
      authentication === null
        ? null
        : this.#readText(readKeys(authentication, authenticationKeys)[0]);
    const messages = this.#readMessages(values[envelope.msg]);
    return this.#isMalformed ? null : { token, messages, hasInexactText: this.#hasInexactText };
  }

  #readMessages(value: unknown): SendDocument['messages'] {
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) return 'not-an-array';
    if (value.length > messageObjectsMax) return 'too-many';
    return value.map((element: unknown) => this.#readMessage(this.#readObject(element) ?? {}));
  }

  #readMessage(source: JsonObject): JsonMessage {
    const values = readKeys(source, msgKeys);
    return {
      from: this.#readText(values[msg.from]),
      to: this.#readRecipients(values[msg.to]),
      body: this.#readBody(values[msg.body]),
      allowedChannels: this.#readChannels(values[msg.allowedChannels]),
      reference: this.#readText(values[msg.reference]),
      groupings: this.#readGroupings(values),
      validity: this.#readText(values[msg.validity]),
      dcs: this.#readNumber(values[msg.dcs]),
      partsMin: this.#readNumber(values[msg.minimumNumberOfMessageParts]),
      partsMax: this.#readNumber(values[msg.maximumNumberOfMessageParts]),
      appKey: this.#readText(values[msg.appKey]) ?? this.#readText(values[msg.hybridAppKey]),
      rich: null,
      richContent: this.#readObject(values[msg.richContent]),
    };
  }

  #readRecipients(value: unknown): Recipients {
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) return 'not-an-array';
    if (value.length > recipientsMax) return 'too-many';
    return value.map((element: unknown) => {
      const recipient = this.#readObject(element);
      return recipient === null ? null : this.#readText(readKeys(recipient, recipientKeys)[0]);
    });
  }

  #readBody(value: unknown): IntakeBody | null {
    const source = this.#readObject(value);
    if (source === null) return null;
    const values = readKeys(source, bodyKeys);
    return {
      content: this.#readText(values[body.content]),
      type: this.#readText(values[body.type]),
      header: null,
    };
  }

  #readChannels(value: unknown): IntakeMessage['allowedChannels'] {
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) return 'not-an-array';
    const names: string[] = [];
    for (const element of value) {
      const name = this.#readText(element);
      if (name !== null) names.push(name);
    }
    return names;
  }

  #readGroupings(values: readonly unknown[]): Groupings {
    return [
      this.#readText(values[msg.customGrouping]),
      this.#readText(values[msg.customGrouping2]),
      this.#readText(values[msg.customGrouping3]),
    ];
  }

  #readObject(value: unknown): JsonObject | null {
    if (value === undefined || value === null) return null;
    if (isJsonObject(value)) return value;
    this.#isMalformed = true;
    return null;
  }

  #readText(value: unknown): string | null {
    if (typeof value === 'string') return value;
    if (value === undefined || value === null) return null;
    if (typeof value === 'number') {
      if (!isExact(value)) this.#hasInexactText = true;
      return String(value);
    }
    this.#isMalformed = true;
    return null;
  }

  /** NaN for a text that is no number: the field is wrong, not the document. */
  #readNumber(value: unknown): number | null {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') return readWholeNumber(value);
    this.#isMalformed = true;
    return null;
  }
}
