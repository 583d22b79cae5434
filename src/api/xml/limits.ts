/** Limits of the XML door's form; those that hold for every door are in `intake/limits.ts`. */
export interface XmlLimits {
  readonly bodyBytesMax: number;
  /** A larger body is parsed only if it names an account. */
  readonly strangerBytesMax: number;
  /** How deep elements may be nested; the document's own are three deep. */
  readonly depthMax: number;
  /** Elements in one document; fifty thousand recipients in a thousand `MSG` need two thirds of them. */
  readonly elementsMax: number;
  /** Attributes of one element. */
  readonly attributesMax: number;
  /** Characters of a `BODY`; intake cuts off what 255 parts cannot carry, far below. */
  readonly bodyCharactersMax: number;
  /** Characters of any other value. */
  readonly fieldCharactersMax: number;
  /** Names in the `ALLOWEDCHANNELS` of one `MSG`. */
  readonly channelNamesMax: number;
  /** Characters that are read between two turns of the event loop. */
  readonly pieceCharactersMax: number;
}

export const defaultXmlLimits: XmlLimits = {
  bodyBytesMax: 4 * 1024 * 1024,
  strangerBytesMax: 4 * 1024,
  depthMax: 16,
  elementsMax: 100_000,
  attributesMax: 32,
  bodyCharactersMax: 128 * 1024,
  fieldCharactersMax: 1_024,
  channelNamesMax: 32,
  pieceCharactersMax: 64 * 1024,
};
