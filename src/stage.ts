import { type AccountEntry, demoAccount } from './accounts.ts';
import type { Door } from './api/door.ts';
import type { OpenApiFragment } from './api/openapi/parts.ts';
import { problem, tooManyRequests } from './api/problem.ts';
import { callbacksPath as providersPath } from './app-callbacks.ts';
import { simulatorReceiptErrors, simulatorStatusErrors } from './channels/sms/simulator/causes.ts';
import { type SmscThread, startSmscThread } from './channels/sms/simulator/thread.ts';
import { simulatorErrors } from './channels/whatsapp/simulator/own-errors.ts';
import type { ConfigFile } from './config-file.ts';
import type { InboundAccount } from './core/inbound-account.ts';
import { deliveryErrorText, isDeliveryError } from './core/status.ts';
import type { Route } from './http/router.ts';
import type { Clock } from './lib/clock.ts';
import { createCallbacksDoor } from './rehearsal/callbacks.ts';
import { callbacksOpenApi } from './rehearsal/callbacks-openapi.ts';
import { createHandsetDoor, type WriteMessage } from './rehearsal/handset-api.ts';
import { handsetOpenApi } from './rehearsal/handset-openapi.ts';
import { showWrites } from './rehearsal/shown-writes.ts';
import { createStageLines, showText } from './rehearsal/stage-lines.ts';
import { keepStrangePagesOut } from './rehearsal/strange-pages.ts';
import { demoAccountId, operatorName, whatsappName } from './stage-names.ts';
import type { OutboxReport, QueuedInbound } from './store/contract.ts';

/** The rehearsal stage: a simulated operator with its handsets, and a demo account that uses it. */
export interface Stage {
  readonly account: AccountEntry;
  readonly connections: ConfigFile['connections'];
  readonly routes: ConfigFile['routes'];
  readonly extraRoutes: readonly Route[];
  readonly extraOpenApi: readonly OpenApiFragment[];
  /** The demo account's incoming messages go to the callback page as well. */
  readonly inbound: InboundAccount;
  onReports(reports: readonly OutboxReport[]): void;
  onInbound(rows: readonly QueuedInbound[]): void;
  stop(): Promise<void>;
}

export interface StageSettings {
  readonly clock: Clock;
  readonly demoToken: string;
  /** Where the demo account's reports go; null: to the stage's own callback page. */
  readonly demoWebhook: string | null;
  /** The gateway's own address, for the callback page. */
  readonly httpPort: number;
  /** Names with dots that the stage's own pages may be asked for under. */
  readonly ownNames: readonly string[];
  print(line: string): void;
}

/** The business number of the stage: what phones see as the sender. */
const whatsappNumber = '31850000001';
const callbacksPath = '/api/callbacks';
const statusWords = ['accepted', 'rejected', 'delivered', 'failed', 'read'];

export async function raiseStage(settings: StageSettings): Promise<Stage> {
  const { clock } = settings;
  const lines = createStageLines(clock, settings.print);
  const smsc = await startSmscThread({
    settings: { accounts: { chappe: { password: 'rehearse' } } },
  });
  const whatsapp = await joinWhatsapp(smsc, settings.httpPort);
  smsc.onMessages((batch) => {
    for (const { number, message } of batch) {
      const over = message.channel === 'SMS' ? '' : ` ${message.channel}`;
      const parts = message.parts === 1 ? over : `${over}, ${message.parts} parts`;
      lines.show(
        `handset +${number} ← ${showText(message.from)}${parts}: "${showText(message.text)}"`,
      );
    }
  });
  const inject: WriteMessage = async ({ channel, from, to, text }) => {
    if (channel !== 'SMS') {
      const result = await smsc.handsets.act(from, { do: 'write', channel, to, text });
      return result === 'done' ? 1 : 0;
    }
    return smsc.injectMo({ from, to: to.replace(/^(?:\+|00)/, ''), text });
  };
  const write = showWrites(inject, lines.show);
  const webhook = settings.demoWebhook ?? `http://127.0.0.1:${settings.httpPort}${callbacksPath}`;
  const guard = (door: Door) => keepStrangePagesOut(door, settings.ownNames);
  const refuse: Route['refuse'] = (why, waitMs) => {
    if (why === 'too-many-requests') return tooManyRequests(waitMs);
    return problem(
      why === 'busy' ? 503 : 413,
      'Refused',
      'The body is larger than this path takes.',
    );
  };
  return {
    account: demoAccount(settings.demoToken, webhook),
    inbound: {
      id: demoAccountId,
      webhook: { url: webhook, format: 'json', signingKeys: [] },
      events: { url: webhook, signingKeys: [] },
      numbers: [],
      words: {},
      hasSessions: true,
    },
    connections: [
      {
        name: operatorName,
        channel: 'SMS',
        settings: {
          hosts: [`127.0.0.1:${smsc.port}`],
          tls: false,
          systemId: 'chappe',
          password: 'rehearse',
          window: 200,
          // The simulated operator's own numbers, or a magic number would fail with another error.
          receiptErrors: simulatorReceiptErrors,
          statusErrors: simulatorStatusErrors,
        },
      },
      { name: whatsappName, channel: 'WhatsApp', settings: whatsapp },
    ],
    routes: [
      { channel: 'SMS', connection: operatorName, priority: 100 },
      { channel: 'WhatsApp', connection: whatsappName, priority: 100 },
    ],
    extraRoutes: [
      { path: '/api/handsets/*', door: guard(createHandsetDoor(smsc.handsets, write)), refuse },
      {
        path: callbacksPath,
        door: guard(createCallbacksDoor(() => new Date(clock.now()).toISOString())),
        refuse,
      },
    ],
    extraOpenApi: [handsetOpenApi, callbacksOpenApi],
    onReports(reports) {
      for (const { report } of reports) {
        const error = isDeliveryError(report.error) && report.error !== 0;
        const why = error ? ` (${report.error}: ${deliveryErrorText(report.error)})` : '';
        const reference =
          report.reference === null ? '' : `, reference ${showText(report.reference)}`;
        lines.show(
          `report  ${showText(report.to)} ${statusWords[report.status]}${why}${reference}`,
        );
      }
    },
    onInbound(rows) {
      const seen = new Set<string>();
      for (const { message } of rows) {
        // A message for several queues is one event for whoever looks on.
        if (seen.has(message.id)) continue;
        seen.add(message.id);
        const answers =
          message.reference === null ? '' : `, answers ${showText(message.reference)}`;
        lines.show(
          `inbound ${showText(message.from)} → ${showText(message.to)}: "${showText(message.text)}"${answers}`,
        );
      }
    },
    stop: () => smsc.stop(),
  };
}

/** Starts the simulated WhatsApp beside the operator; resolves with the settings of a connection to it. */
async function joinWhatsapp(smsc: SmscThread, httpPort: number): Promise<Record<string, unknown>> {
  const line = { token: 'rehearse', appSecret: 'rehearse', verifyToken: 'rehearse' };
  const phoneNumberId = '1000';
  const port = await smsc.join(
    'WhatsApp',
    new URL('./channels/whatsapp/simulator/neighbour.ts', import.meta.url),
    {
      numbers: {
        [phoneNumberId]: {
          ...line,
          displayNumber: whatsappNumber,
          callbackUrl: `http://127.0.0.1:${httpPort}${providersPath}/${whatsappName}`,
        },
      },
      rate: 1_000,
    },
  );
  return {
    ...line,
    phoneNumberId,
    baseUrl: `http://127.0.0.1:${port}`,
    rate: 1_000,
    window: 100,
    // The simulated provider's own numbers, for the same reason.
    errors: simulatorErrors,
  };
}
