/** The account that a rehearsal adds by itself, and its system_id. */
export const demoAccountId = 'demo';

/** The connections that a rehearsal adds: to the simulated operator and to the simulated WhatsApp. */
export const operatorName = 'rehearsal';
export const whatsappName = 'rehearsal-whatsapp';

/** What a file calls by the name of something that the rehearsal adds, as sentences. */
export function refuseStageNames({ accounts, connections }: Named): string[] {
  return [
    ...accounts.filter(({ id }) => id === demoAccountId).map(({ id }) => `account "${id}"`),
    ...accounts
      .filter(({ smpp }) => smpp?.systemId === demoAccountId)
      .map(({ smpp }) => `systemId "${smpp?.systemId}"`),
    ...connections
      .filter(({ name }) => name === operatorName || name === whatsappName)
      .map(({ name }) => `connection "${name}"`),
  ].map((what) => `The ${what} is one that a rehearsal has already: choose another name.`);
}

interface Named {
  readonly accounts: readonly {
    readonly id: string;
    readonly smpp?: { readonly systemId: string } | undefined;
  }[];
  readonly connections: readonly { readonly name: string }[];
}
