/** What Meta's Cloud API takes (whatsapp-cloud §2, §3). Text is counted in characters. */
export const textCharactersMax = 4_096;
export const captionCharactersMax = 1_024;
export const interactiveBodyCharactersMax = 1_024;
export const interactiveHeaderCharactersMax = 60;
export const interactiveFooterCharactersMax = 60;
export const replyButtonsMax = 3;
export const buttonTitleCharactersMax = 20;
export const buttonIdCharactersMax = 256;
export const listSectionsMax = 10;
export const listRowsMax = 10;
export const listTitleCharactersMax = 24;
export const listIdCharactersMax = 200;
export const listDescriptionCharactersMax = 72;
export const productsMax = 30;
export const templateParameterCharactersMax = 1_024;
export const templateButtonsMax = 10;

/** How long free text is allowed after the handset has written (whatsapp-cloud §4), less a margin for clocks. */
export const windowMs: number = 24 * 60 * 60 * 1000 - 60_000;

/** So long a number that had no WhatsApp is taken to have none (whatsapp-cloud §10). */
export const absentMs: number = 24 * 60 * 60 * 1000;

/**
 * So long a handset whose user stopped marketing messages gets none (whatsapp-cloud §5, 131050), unless WhatsApp says
 * before that they are wanted again. Then one is tried, and WhatsApp withholds it if that is still so.
 */
export const marketingStoppedMs: number = 24 * 60 * 60 * 1000;

/** Handsets about which something is remembered, and those with a pace of their own. */
export const recipientsMax = 100_000;
export const pairsMax = 20_000;

/** Steps that are taken and wait for their handset's turn, besides those that are being sent. */
export const waitingStepsMax = 1_000;

/** An answer of the API is shorter, or it is none. */
export const answerBytesMax: number = 64 * 1024;

/** Meta sends up to 3 MB in one call (whatsapp-cloud §7.2). */
export const callbackBytesMax: number = 3 * 1024 * 1024;

/** A received file above this is not fetched. */
export const mediaBytesMax: number = 16 * 1024 * 1024;

/** Incoming messages whose ids are remembered, so that a repetition costs no download. */
export const recentInboundMax = 10_000;

/** Characters of `custom` of an incoming message; more than that is left out. */
export const customCharactersMax = 65_536;
