import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { systemClock } from '../lib/clock.ts';
import { runCommand } from './command.ts';
import { messageOptions, readMessage } from './message-options.ts';
import { describeUnreachable, urlOfRunning } from './running-gateway.ts';

const usage = `Usage: chappe send --to <number> --text <text> [options]

Sends one message through a running gateway and follows it to its end, showing each stage as it
happens. Exit code: 0 delivered, 1 rejected or failed, 2 used wrongly, 3 no end within the time.

Options:
  --to <number>      the recipient, for example 0031612345678 (required)
  --text <text>      the text (required)
  --from <sender>    the sender (default: Chappe)
  --channel <name>   allow this channel only; may be given several times
  --reference <ref>  the reference (default: one is made)
  --token <guid>     the product token (default: CHAPPE_DEMO_TOKEN, or the one in the data directory)
  --url <url>        the gateway (default: http://127.0.0.1:8080, or CHAPPE_HTTP_HOST and _PORT)
  --wait <seconds>   how long to follow the message (default: 60)
  --json             print the events as JSON lines
  --help             show this help
`;

const pollMs = 100;

interface FollowedEvent {
  at: string;
  kind: string;
  channel: string | null;
  part: number;
  state: string;
  error: number | null;
  errorDescription: string;
  detail: string;
}

interface FollowedMessage {
  id: string;
  state: string;
  connection: string | null;
  parts: number;
  events: FollowedEvent[];
}

/** `chappe send`. */
export function send(args: string[]): Promise<number> {
  return runCommand(usage, () => readOptions(args), sendMessage);
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      ...messageOptions,
      reference: { type: 'string' },
      wait: { type: 'string', default: '60' },
    },
  });
  const waitSeconds = Number(values.wait);
  if (!(waitSeconds > 0)) throw new Error(`--wait is "${values.wait}": give a number of seconds.`);
  return {
    ...values,
    waitMs: waitSeconds * 1000,
    url: urlOfRunning(values.url),
    reference: values.reference ?? `send-${randomBytes(6).toString('hex')}`,
  };
}

type SendOptions = ReturnType<typeof readOptions>;

async function sendMessage(options: SendOptions): Promise<number> {
  const message = readMessage(options, usage);
  if (message === null) return 2;
  try {
    return await sendAndFollow(options, message);
  } catch (error) {
    process.stderr.write(describeUnreachable(options.url, error));
    return 1;
  }
}

async function sendAndFollow(
  { reference, url, json, waitMs }: SendOptions,
  { msg, token }: { msg: object; token: string },
): Promise<number> {
  // Before it is sent: what happens to it may be quicker than the answer.
  const sentAt = new Date(systemClock.now()).toISOString();
  const answer = await request(`${url}/v1.0/message`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-cm-producttoken': token },
    body: JSON.stringify({ messages: { msg: [{ ...msg, reference }] } }),
  });
  const accepted = readAnswer(await answer.body.json());
  if (accepted.fault !== null) {
    process.stderr.write(`rejected   ${accepted.fault}\n`);
    return 1;
  }
  if (!json)
    print(
      sentAt,
      'accepted',
      `${accepted.parts === 1 ? '1 part' : `${accepted.parts} parts`}, reference ${reference}`,
    );
  const headers = { 'x-cm-producttoken': token };
  const query = `${url}/api/messages?reference=${encodeURIComponent(reference)}&limit=1`;
  const until = systemClock.monotonic() + waitMs;
  for (let shown = 0; systemClock.monotonic() < until; ) {
    const page = await request(query, { headers });
    const found = ((await page.body.json()) as { messages?: FollowedMessage[] }).messages?.[0];
    for (const event of found?.events.slice(shown) ?? []) {
      shown++;
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      else print(event.at, event.kind, describe(event, found?.connection ?? null));
    }
    if (found !== undefined && isAtEnd(found)) {
      if (!json) process.stdout.write(`\n${found.state}\n`);
      return found.state === 'delivered' || found.state === 'read' ? 0 : 1;
    }
    await sleep(pollMs);
  }
  process.stderr.write(`No end within ${waitMs / 1000} s; the gateway goes on trying.\n`);
  return 3;
}

function readAnswer(body: unknown): { fault: string | null; parts: number } {
  const { details, messages } = body as {
    details?: string;
    messages?: { status?: string; parts?: number; messageDetails?: string | null }[];
  };
  const first = messages?.[0];
  if (first?.status === 'Accepted') return { fault: null, parts: first.parts ?? 0 };
  return { fault: first?.messageDetails ?? details ?? 'for an unknown reason', parts: 0 };
}

/** At its end, and the customer's endpoint has been told where there is one. */
function isAtEnd(message: FollowedMessage): boolean {
  if (!['rejected', 'delivered', 'failed', 'read'].includes(message.state)) return false;
  const reports = message.events.filter((event) => event.kind === 'report').length;
  const told = message.events.filter((event) => event.kind === 'told').length;
  return told >= reports;
}

function describe(event: FollowedEvent, connection: string | null): string {
  const error = event.error === null ? '' : ` (${event.error}: ${event.errorDescription})`;
  switch (event.kind) {
    case 'submitted':
      return `part ${event.part} over ${event.channel} to "${connection}": ${event.state}${error}${
        event.detail === '' ? '' : `, id ${event.detail}`
      }`;
    case 'receipt':
      return `part ${event.part}: ${event.state}${error}`;
    case 'told':
      return event.detail === '0'
        ? `${event.state}: given up`
        : `${event.state}: answered ${event.detail}`;
    default:
      return `${event.state}${error}`;
  }
}

function print(at: string, kind: string, what: string): void {
  process.stdout.write(`${at.slice(11, 23)}  ${kind.padEnd(10)} ${what}\n`);
}
