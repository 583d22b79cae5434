import { shorten } from './command.ts';
import { readDemoToken } from './demo-token.ts';
import { noTokenSentence } from './running-gateway.ts';

const everyChannel: string[] = [];

/** What commands are told about a message and the gateway it is for, as `parseArgs` takes it. */
export const messageOptions = {
  to: { type: 'string' },
  text: { type: 'string' },
  from: { type: 'string', default: 'Chappe' },
  channel: { type: 'string', multiple: true, default: everyChannel },
  token: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface GivenMessage {
  readonly to?: string | undefined;
  readonly text?: string | undefined;
  readonly from: string;
  readonly channel: readonly string[];
  readonly token?: string | undefined;
}

/** A `msg` of the JSON door and the token it travels with; null when something is missing, which is said. */
export function readMessage(
  { to, text, from, channel, token: given }: GivenMessage,
  usage: string,
): { msg: object; token: string } | null {
  if (to === undefined || text === undefined) {
    process.stderr.write(`Give --to and --text.\n\n${shorten(usage)}`);
    return null;
  }
  const token = given ?? readDemoToken(process.env);
  if (token === null) {
    process.stderr.write(noTokenSentence);
    return null;
  }
  const msg = { from, to: [{ number: to }], body: { type: 'auto', content: text } };
  return { msg: channel.length === 0 ? msg : { ...msg, allowedChannels: channel }, token };
}
