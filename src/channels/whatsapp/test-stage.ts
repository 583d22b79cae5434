import type { TestContext } from 'node:test';
import { begin } from '../../core/lifecycle.ts';
import type { Content, Message, Step } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { Log, LogFields } from '../../lib/log.ts';
import type { ProviderHttp, ProviderOutcome, ProviderRequest } from '../../lib/provider-http.ts';
import { createVirtualClock, type VirtualClock } from '../../rehearsal/virtual-clock.ts';
import type { CallbackAnswer, Connection, MediaKeeper } from '../contract.ts';
import { TestPorts } from '../test-ports.ts';
import type { BusinessNumbers } from './callbacks.ts';
import { createWhatsappConnection } from './connection.ts';
import { type JsonObject, parseJson, readObject } from './json.ts';
import { checkWhatsappSettings, type WhatsappSettings } from './settings.ts';
import { signatureHeader, signBody } from './signature.ts';

/** 2026-11-22 15:04:05 UTC. */
export const stageStartAt: number = Date.UTC(2026, 10, 22, 15, 4, 5);

const given = {
  phoneNumberId: '1061',
  token: 'token-1',
  appSecret: 'app-secret-1',
  verifyToken: 'verify-1',
  rate: null,
};

/** Settings with a change; throws when they have a fault. */
export function settingsWith(change: Readonly<Record<string, unknown>> = {}): WhatsappSettings {
  const settings = checkWhatsappSettings({ ...given, ...change });
  if ('faults' in settings) throw new Error(settings.faults.join('\n'));
  return settings;
}

export interface StepSketch {
  readonly msisdn?: string;
  readonly text?: string;
  /** Items of the conversation. */
  readonly items?: readonly JsonObject[];
  readonly acceptedAt?: number;
  readonly validMs?: number;
  /** Whether SMS is behind it. */
  readonly hasFallback?: boolean;
  readonly progress?: string;
}

let lastId = 0;

/** A step that is ready to be sent over WhatsApp. */
export function sketchStep(sketch: StepSketch = {}): ReadyStep {
  const { items, text = 'Hello', acceptedAt = stageStartAt } = sketch;
  const rich = items === undefined ? null : JSON.stringify({ conversation: items });
  const content: Content = { text, encoding: 'gsm7', udh: null, partsMax: 8, rich, appKey: null };
  const step: Step = {
    channel: 'WhatsApp',
    connection: 'meta',
    parts: items?.length ?? 1,
    timeoutMs: null,
    concatReference: 0,
  };
  const sms: Step = { ...step, channel: 'SMS', connection: 'operator', parts: 1 };
  const message: Message = {
    id: (++lastId).toString(16).padStart(32, '0'),
    account: 'demo',
    door: 'json',
    acceptedAt,
    expiresAt: acceptedAt + (sketch.validMs ?? 24 * 60 * 60 * 1000),
    from: 'Chappe',
    to: '0031612345678',
    msisdn: sketch.msisdn ?? '31612345678',
    reference: null,
    groupings: [null, null, null],
    operator: null,
    tariff: null,
    plan: sketch.hasFallback === true ? [step, sms] : [step],
    wants: 0b11111,
    reportTo: null,
    content,
  };
  const live = begin(message);
  const { progress } = sketch;
  return {
    message,
    step: 0,
    live: progress === undefined ? live : { ...live, progress },
    due: acceptedAt,
  };
}

/** A call of the API that a test answers. */
export interface Call {
  readonly request: ProviderRequest;
  readonly body: JsonObject;
  accept(wamid?: string): Promise<void>;
  fail(status: number, code: number, retryAfterMs?: number): Promise<void>;
  end(outcome: ProviderOutcome): Promise<void>;
}

/** Meta as a test plays it: calls wait until the test answers them. */
export class TestProvider implements ProviderHttp {
  readonly calls: Call[] = [];
  readonly #clock: VirtualClock;
  /** Answers every call at once, when set. */
  respond: ((request: ProviderRequest) => ProviderOutcome) | null = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  send(request: ProviderRequest): Promise<ProviderOutcome> {
    return new Promise((resolve) => {
      const end = async (outcome: ProviderOutcome) => {
        resolve(outcome);
        await this.#clock.advance(0);
      };
      this.calls.push({
        request,
        body: readObject(parseJson(request.body ?? '')),
        accept: (wamid = `wamid.${this.calls.length}`) => {
          const answer = { contacts: [{ wa_id: '31612345678' }], messages: [{ id: wamid }] };
          return end(answered(200, answer));
        },
        fail: (status, code, retryAfterMs) =>
          end(answered(status, { error: { code, fbtrace_id: 'trace' } }, retryAfterMs ?? null)),
        end,
      });
      if (this.respond !== null) resolve(this.respond(request));
    });
  }

  /** The call at a place, which must have been made. */
  at(index: number): Call {
    const call = this.calls.at(index);
    if (call === undefined) throw new Error(`there are ${this.calls.length} calls`);
    return call;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function answered(
  status: number,
  body: unknown,
  retryAfterMs: number | null = null,
): ProviderOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    kind: 'answered',
    status,
    body: Buffer.from(text),
    contentType: 'application/json',
    retryAfterMs,
  };
}

/** A connection, its provider and its queue in virtual time. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly provider: TestProvider;
  readonly ports: TestPorts;
  readonly connection: Connection;
  readonly numbers: BusinessNumbers;
  readonly logged: string[];
  /** Puts steps into the queue and lets the connection see them. */
  offer(...steps: readonly ReadyStep[]): Promise<void>;
  /** Calls the connection back as Meta does. */
  callBack(body: unknown, change?: { signature?: string }): Promise<CallbackAnswer>;
}

export function setUpStage(
  t: TestContext,
  change: Readonly<Record<string, unknown>> = {},
  media: MediaKeeper | null = null,
): Stage {
  const clock = createVirtualClock({ startAt: stageStartAt });
  const provider = new TestProvider(clock);
  const ports = new TestPorts();
  const logged: string[] = [];
  const numbers: BusinessNumbers = new Map();
  const settings = settingsWith(change);
  const connection = createWhatsappConnection('meta', settings, ports, {
    clock,
    provider,
    numbers,
    media,
    log: createNotebook(logged),
  });
  connection.start();
  t.after(async () => {
    const stopping = connection.stop(0);
    await clock.advance(1_000);
    await stopping;
  });
  return {
    clock,
    provider,
    ports,
    connection,
    numbers,
    logged,
    async offer(...steps) {
      ports.push(...steps);
      connection.wake();
      await clock.advance(0);
    },
    async callBack(body, { signature } = {}) {
      const octets = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const headers = { [signatureHeader]: signature ?? signBody(settings.appSecret, octets) };
      const call = connection.callback?.({ method: 'POST', query: '', headers, body: octets });
      if (call === undefined) throw new Error('the connection takes no callbacks');
      const answer = await call;
      await clock.advance(0);
      return answer;
    },
  };
}

/** A notification for the number of the stage. */
export function notify(
  value: JsonObject,
  phoneNumberId: string = given.phoneNumberId,
  field = 'messages',
): Record<string, unknown> {
  const metadata = { display_phone_number: '+31 20 123 4567', phone_number_id: phoneNumberId };
  const change = {
    field,
    value: { messaging_product: 'whatsapp', metadata, ...value },
  };
  return { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [change] }] };
}

function createNotebook(lines: string[]): Log {
  const at = (level: string) => (sentence: string, fields?: LogFields) => {
    lines.push(`${level}: ${sentence} ${JSON.stringify(fields ?? {})}`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
