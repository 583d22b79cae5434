import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { systemClock } from '../lib/clock.ts';
import { runCommand } from './command.ts';
import { countUntold, describeEvent, type FollowedMessage, hasEnded } from './followed-message.ts';
import { messageOptions, readMessage } from './message-options.ts';
import { describeUnreachable, urlOfRunning, wrongTokenSentence } from './running-gateway.ts';

const usage = `Usage: chappe send --to <number> --text <text> [options]

Sends one message through a running gateway and follows it to its end, showing each stage as it
happens.

Exit code: 0 delivered, 1 rejected, failed or no gateway answers, 2 used wrongly, 3 no end within
the time.

Options:
  --to <number>      the recipient, for example 0031612345678 (required)
  --text <text>      the text (required)
  --from <sender>    the sender (default: Chappe)
  --channel <name>   allow this channel only; may be given several times
  --reference <ref>  the reference (default: one is made)
  --token <guid>     the product token (default: CHAPPE_DEMO_TOKEN, or that in the data directory)
  --url <url>        the gateway (default: http://127.0.0.1:8080, or CHAPPE_HTTP_HOST and _PORT)
  --wait <seconds>   how long to follow the message (default: 60)
  --json             print the events as JSON lines
  --help             show this help
`;

const pollMs = 100;

const untoldSentence =
  'Not every report was taken by your endpoint or SMPP session; the gateway goes on trying.\n';

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
    if (accepted.isStranger) process.stderr.write(wrongTokenSentence);
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
  /** A receipt can be older than what was shown before it, so a count of events would not do. */
  const shown = new Set<string>();
  for (;;) {
    const page = await request(query, { headers });
    const found = ((await page.body.json()) as { messages?: FollowedMessage[] }).messages?.[0];
    for (const event of found?.events ?? []) {
      const line = JSON.stringify(event);
      if (shown.has(line)) continue;
      shown.add(line);
      if (json) process.stdout.write(`${line}\n`);
      else print(event.at, event.kind, describeEvent(event));
    }
    const isOver = systemClock.monotonic() >= until;
    if (found !== undefined && hasEnded(found) && (isOver || countUntold(found) === 0)) {
      if (countUntold(found) > 0) process.stderr.write(untoldSentence);
      if (!json) process.stdout.write(`\n${found.state}\n`);
      return found.state === 'delivered' || found.state === 'read' ? 0 : 1;
    }
    if (isOver) break;
    await sleep(pollMs);
  }
  process.stderr.write(`No end within ${waitMs / 1000} s; the gateway goes on trying.\n`);
  return 3;
}

/** The error codes of a token that is malformed or nobody's (contract §4.3). */
const strangerCodes = [101, 103];

function readAnswer(body: unknown): { fault: string | null; parts: number; isStranger: boolean } {
  const { details, errorCode, messages } = body as {
    errorCode?: number;
    details?: string;
    messages?: { status?: string; parts?: number; messageDetails?: string | null }[];
  };
  const first = messages?.[0];
  if (first?.status === 'Accepted')
    return { fault: null, parts: first.parts ?? 0, isStranger: false };
  return {
    fault: first?.messageDetails ?? details ?? 'for an unknown reason',
    parts: 0,
    isStranger: strangerCodes.includes(errorCode ?? 0),
  };
}

function print(at: string, kind: string, what: string): void {
  process.stdout.write(`${at.slice(11, 23)}  ${kind.padEnd(10)} ${what}\n`);
}
