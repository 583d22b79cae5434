/** Limits of the SMPP server that no account's settings change (docs/reference/limits.md). */

/** Connections of all customers, and from one address; changed by `smpp.limits`. */
export const connectionsMax = 10_000;
export const connectionsPerAddressMax = 1_000;

/** A customer that leaves so much unread is cut off. */
export const unreadBytesMax = 1024 * 1024;
/** Above this a session gets no further deliveries until it has read some. */
export const deliveryBytesMax = 256 * 1024;

/** Messages that go to intake in one call. */
export const batchMessagesMax = 500;

/** A part of a longer message waits so long for the next one before it goes on its way alone. */
export const partIdleMs = 500;
/** And so long for all others together: well below the response timers of customers. */
export const partHoldMs = 3_000;
/** Octets of parts that wait, in one account; beyond it parts go on their way alone. */
export const heldBytesMax = 1024 * 1024;

/** Binds whose password is being hashed at one time, and those that wait for their turn. */
export const hashingMax = 2;
export const hashingQueueMax = 100;

/** A refused bind is answered so much later, and the connection closed. */
export const refusedBindDelayMs = 1_000;
/** Refused binds of one address before its passwords are no longer looked at; one is forgiven at a time. */
export const addressFailuresMax = 10;
export const addressForgivenMs = 30_000;
/** The same for one account, from addresses that have never bound to it. */
export const accountFailuresMax = 20;
export const accountForgivenMs = 30_000;
/** Addresses and accounts whose failures are remembered; the oldest are forgotten first. */
export const rememberedMax = 10_000;
