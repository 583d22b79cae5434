/** The channels Chappe delivers over (spec "Channels"), in the spelling the API uses. */
export const deliveryChannels = ['SMS', 'WhatsApp', 'RCS', 'Viber', 'Push'] as const;

/** A channel that Chappe can deliver over. */
export type Channel = (typeof deliveryChannels)[number];
