import type { FuzzTarget } from './target.ts';

/** All targets, by the name on the command line. One more is one more file and one more line. */
export const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  smpp: async () => (await import('./smpp.ts')).smppTarget,
  'smpp-server': async () => (await import('./smpp-server.ts')).smppServerTarget,
  json: async () => (await import('./json.ts')).jsonTarget,
  xml: async () => (await import('./xml.ts')).xmlTarget,
  get: async () => (await import('./get.ts')).getTarget,
  conversion: async () => (await import('./conversion.ts')).conversionTarget,
  operator: async () => (await import('./operator.ts')).operatorTarget,
  webhook: async () => (await import('./webhook.ts')).webhookTarget,
  callback: async () => (await import('./callback.ts')).callbackTarget,
};
