import { parseArgs } from 'node:util';
import { request } from 'undici';
import { z } from 'zod';
import { runCommand } from './command.ts';
import { messageOptions, readMessage } from './message-options.ts';
import { describeUnreachable, urlOfRunning, wrongTokenSentence } from './running-gateway.ts';

const usage = `Usage: chappe plan --to <number> --text <text> [options]

Asks a running gateway what would become of a message, and why. Nothing is sent.

Exit code: 0 it would be accepted, 1 it would not or no gateway answers, 2 used wrongly.

Options:
  --to <number>      the recipient, for example 0031612345678 (required)
  --text <text>      the text (required)
  --from <sender>    the sender (default: Chappe)
  --channel <name>   allow this channel only; may be given several times
  --token <guid>     the product token (default: CHAPPE_DEMO_TOKEN, or that in the data directory)
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
export function plan(args: string[]): Promise<number> {
  return runCommand(usage, () => readOptions(args), askForPlan);
}

function readOptions(args: string[]) {
  const { values } = parseArgs({ args, options: messageOptions });
  return { ...values, url: urlOfRunning(values.url) };
}

async function askForPlan(options: ReturnType<typeof readOptions>): Promise<number> {
  const message = readMessage(options, usage);
  if (message === null) return 2;
  try {
    const response = await request(`${options.url}/api/plan`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cm-producttoken': message.token },
      body: JSON.stringify({ messages: { msg: [message.msg] } }),
    });
    const code = show(await response.body.text(), options.json);
    if (response.statusCode === 401) process.stderr.write(wrongTokenSentence);
    return code;
  } catch (error) {
    process.stderr.write(describeUnreachable(options.url, error));
    return 1;
  }
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
