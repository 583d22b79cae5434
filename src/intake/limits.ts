/** Limits that hold for every door. Each door adds its own, for its form (`api/json/limits.ts`). */

/** `msg` elements in one request (contract §3.1). */
export const messageObjectsMax = 1_000;

/** Recipients of one `msg` (contract §3.1). */
export const recipientsMax = 1_000;

/** Messages, that is recipients over all `msg`, in one request. */
export const requestMessagesMax = 50_000;

/**
 * Characters of text and rich content that one request comes to when it has been written out for
 * every recipient; without it a short request could fill the disk.
 */
export const requestCharactersMax = 64 * 1024 * 1024;

/** Messages that are built, and committed, between two turns of the event loop. */
export const chunkMessages = 1_000;

/** An answer that is kept for the case that the request comes again; 50,000 messages come to six million. */
export const keptAnswerCharactersMax = 8 * 1024 * 1024;

/** A sender over SMS (contract §3.2). */
export const senderCharactersMax = 11;
export const senderDigitsMax = 16;

/** A sender on the other channels: the names and ids of contract §3.2 are all shorter. */
export const senderIdCharactersMax = 128;

/** Contract §3.2. */
export const referenceCharactersMax = 32;
export const groupingCharactersMax = 100;

/** A longer reference is not echoed: it would be written once for every recipient. */
export const referenceEchoCharactersMax = 100;

/** What 255 parts can carry (contract §3.5); text beyond it is cut off, as no channel takes more. */
export const textCharactersMax = 255 * 153;
export const binaryDigitsMax = 255 * 134 * 2;

/** Destinations whose last concatenation reference is remembered. */
export const concatDestinationsMax = 20_000;
