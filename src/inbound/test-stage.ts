import type { InboundPart } from '../core/inbound.ts';
import type { InboundAccount } from '../core/inbound-account.ts';
import type { HttpOutcome, HttpRequest } from '../lib/http-client.ts';
import { createMessageIds } from '../lib/message-id.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock, type VirtualClock } from '../rehearsal/virtual-clock.ts';
import { start } from '../store/conformance/sample.ts';
import type { QueuedInbound, Store } from '../store/contract.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import { Inbound } from './inbound.ts';
import { OptOuts } from './opt-outs.ts';
import { createOwners } from './owners.ts';
import { createEventSender, createInboundSender } from './sender.ts';

export const good: HttpOutcome = { kind: 'answered', status: 200 };
export const broken: HttpOutcome = { kind: 'answered', status: 500 };

/** A call that an account's endpoint got. */
export interface EndpointCall {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An account with a webhook and an events webhook at `https://<id>.example`. */
export function accountOf(id: string, fields: Partial<InboundAccount> = {}): InboundAccount {
  return {
    id,
    webhook: { url: `https://${id}.example/in`, format: 'json', signingKeys: [] },
    events: { url: `https://${id}.example/events`, signingKeys: [] },
    numbers: [],
    words: {},
    hasSessions: false,
    ...fields,
  };
}

/** Incoming messages from the channel to the endpoints of accounts, in virtual time. */
export class InboundStage {
  readonly clock: VirtualClock = createVirtualClock({ startAt: start });
  readonly store: Store;
  readonly optOuts: OptOuts;
  readonly calls: EndpointCall[] = [];
  readonly queued: QueuedInbound[] = [];
  readonly spare: string[] = [];
  readonly logged: string[] = [];
  /** What endpoints answer, by host; good when absent. */
  readonly answers = new Map<string, (call: EndpointCall) => HttpOutcome>();
  readonly inbound: Inbound;
  readonly sender: ReturnType<typeof createInboundSender>;
  readonly events: ReturnType<typeof createEventSender>;

  constructor(
    accounts: readonly InboundAccount[],
    defaults: Readonly<Record<string, string>> = {},
    store: Store = createMemoryStore(),
  ) {
    const { clock } = this;
    this.store = store;
    this.optOuts = new OptOuts(store.optOuts);
    const owners = createOwners(accounts, new Map(Object.entries(defaults)));
    const note = (text: string) => this.logged.push(text);
    const log = { error: note, warn: note, info: note, debug: note };
    const http = {
      send: (request: HttpRequest) => this.#answer(request),
      close: () => Promise.resolve(),
    };
    const world = { queue: store.inbound.queue, owners, clock, http, log };
    this.sender = createInboundSender(world);
    this.events = createEventSender(world);
    this.inbound = new Inbound({
      store: store.inbound,
      owners,
      optOuts: this.optOuts,
      ids: createMessageIds(clock, createSeededRandom(7), 0),
      clock,
      log,
      onQueued: (rows) => {
        this.queued.push(...rows);
        this.sender.offer(rows);
        this.events.offer(rows);
      },
      onSpareMedia: (uri) => this.spare.push(uri),
    });
  }

  async begin(): Promise<this> {
    await this.sender.start();
    await this.events.start();
    this.inbound.start();
    return this;
  }

  async take(...parts: readonly InboundPart[]): Promise<void> {
    await this.inbound.take(parts);
  }

  /** The texts that an account's endpoint took or refused, in the order of the calls. */
  texts(host = 'shop.example'): string[] {
    return this.calls
      .filter(({ url }) => new URL(url).host === host)
      .map(({ body }) => JSON.parse(body).message?.text ?? '');
  }

  #answer(request: HttpRequest): Promise<HttpOutcome> {
    const { url, headers, body } = request;
    const call = { at: this.clock.now() - start, url, headers, body: body ?? '' };
    this.calls.push(call);
    const outcome = this.answers.get(new URL(url).host)?.(call) ?? good;
    return new Promise((resolve) => {
      this.clock.after(20, () => resolve(outcome));
    });
  }
}

/** A text from a handset to 3669 over "operator". */
export function partOf(text: string, fields: Partial<InboundPart> = {}): InboundPart {
  return {
    connection: 'operator',
    channel: 'SMS',
    from: '31612345678',
    fromName: null,
    to: '3669',
    text,
    isBinary: false,
    udh: null,
    receivedAt: start,
    operator: null,
    concat: null,
    providerId: null,
    media: null,
    custom: null,
    context: null,
    event: null,
    ...fields,
  };
}
