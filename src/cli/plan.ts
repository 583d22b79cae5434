import { parseArgs } from 'node:util';
import { request } from 'undici';
import { z } from 'zod';
import { describeError } from '../lib/log.ts';
import { readDemoToken } from './demo-token.ts';
import { describeUnreachable, noTokenSentence, urlOfRunning } from './running-gateway.ts';

const usage = `Usage: chappe plan --to <number> --text <text> [options]

Asks a running gateway what would become of a message, and why. Nothing is sent. Exit code: 0 it would
be accepted, 1 it would not, 2 used wrongly.

Options:
  --to <number>      the recipient, for example 0031612345678 (required)
  --text <text>      the text (required)
  --from <sender>    the sender (default: Chappe)
  --channel <name>   allow this channel only; may be given several times
  --token <guid>     the product token (default: CHAPPE_DEMO_TOKEN, or the one in the data directory)
  --url <url>        the gateway (default: http://127.0.0.1:8080, or CHAPPE_HTTP_HOST and _PORT)
  --json             print the answer as it is
  --help             show this help
`;

const planAnswer = z.object({
  messages: z.array(
    z.object({
      outcome: z.string(),
      errorCode: z.number(),
      details: z.string().nullable(),
      encoding: z.string().optional(),
      why: z.string().nullable(),
      steps: z
        .array(
          z.object({
            channel: z.string(),
            connection: z.string(),
            parts: z.number(),
            cost: z.number().nullable(),
            why: z.string(),
            passedOver: z.array(z.string()),
          }),
        )
        .default([]),
      leftOut: z.array(
        z.object({ channel: z.string(), why: z.string(), passedOver: z.array(z.string()) }),
      ),
    }),
  ),
});
type PlannedMessage = z.infer<typeof planAnswer>['messages'][number];

/** `chappe plan`. */
export async function plan(args: string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { to, text } = options;
  if (to === undefined || text === undefined) {
    process.stderr.write(`Give --to and --text.\n\n${usage}`);
    return 2;
  }
  const token = options.token ?? readDemoToken(process.env);
  if (token === null) {
    process.stderr.write(noTokenSentence);
    return 2;
  }
  const asked = { from: options.from, to: [{ number: to }], body: { type: 'auto', content: text } };
  const channels = options.channel.length === 0 ? {} : { allowedChannels: options.channel };
  try {
    const response = await request(`${options.url}/api/plan`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cm-producttoken': token },
      body: JSON.stringify({ messages: { msg: [{ ...asked, ...channels }] } }),
    });
    return show(await response.body.text(), options.json);
  } catch (error) {
    process.stderr.write(describeUnreachable(options.url, error));
    return 1;
  }
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      to: { type: 'string' },
      text: { type: 'string' },
      from: { type: 'string', default: 'Chappe' },
      channel: { type: 'string', multiple: true, default: [] },
      token: { type: 'string' },
      url: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, url: urlOfRunning(values.url) };
}

function show(body: string, isJson: boolean): number {
  const answer = planAnswer.safeParse(JSON.parse(body));
  const message = answer.success ? answer.data.messages[0] : undefined;
  if (isJson) process.stdout.write(`${body}\n`);
  else if (message === undefined) process.stderr.write(`The gateway answers: ${body}\n`);
  else process.stdout.write(`${describeMessage(message).join('\n')}\n`);
  return message?.outcome === 'accepted' ? 0 : 1;
}

function describeMessage({
  outcome,
  errorCode,
  details,
  encoding,
  why,
  steps,
  leftOut,
}: PlannedMessage): string[] {
  const what = outcome === 'rejected' ? `${errorCode} ${details}` : `${encoding}, ${why}`;
  const lines = [`${outcome}   ${what}`];
  for (const [
    index,
    { channel, connection, parts, cost, why: rule, passedOver },
  ] of steps.entries()) {
    const price = cost === null ? '' : `, costs ${cost}`;
    lines.push(
      '',
      `${index + 1}. ${channel} over ${connection}, ${parts} part${parts === 1 ? '' : 's'}${price}`,
    );
    lines.push(`   ${rule}`, ...passedOver.map((reason) => `   not ${reason}`));
  }
  for (const { channel, why: reason, passedOver } of leftOut) {
    lines.push('', `Not ${channel}: ${reason}`, ...passedOver.map((one) => `   not ${one}`));
  }
  return lines;
}
