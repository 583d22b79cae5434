/** Limits of the JSON door's form; those that hold for every door are in `intake/limits.ts`. */
export interface JsonLimits {
  /** A thousand `msg` of eight parts, in UCS-2 and with escapes of six octets each, need three and a half million. */
  readonly bodyBytesMax: number;
  /** A larger body is parsed only if it names an account. */
  readonly strangerBytesMax: number;
  /** How deep objects and arrays may be nested. Rich content, the deepest, reaches 13. */
  readonly depthMax: number;
  /** Objects and arrays in one document; fifty thousand recipients need about as many. */
  readonly containersMax: number;
  /** Different keys in one document; the specification has about two hundred. */
  readonly distinctKeysMax: number;
}

export const defaultJsonLimits: JsonLimits = {
  bodyBytesMax: 4 * 1024 * 1024,
  strangerBytesMax: 4 * 1024,
  depthMax: 32,
  containersMax: 150_000,
  distinctKeysMax: 20_000,
};

/** Bubbles in one message (contract §7). */
export const conversationItemsMax = 10;

/** Suggestions in one message, or on one card (contract §7). */
export const suggestionsMax = 11;

/** Rich content of one message as JSON text. */
export const richCharactersMax = 64 * 1024;
