import { createProviderHttp } from '../../../lib/provider-http.ts';
import { createAgenda } from '../../../rehearsal/agenda.ts';
import type { ChannelActor } from '../../../rehearsal/handset-actions.ts';
import type { Neighbourhood } from '../../../rehearsal/neighbour.ts';
import { type JsonObject, parseJson } from '../json.ts';
import { AppUser } from './app-user.ts';
import { type CallbackCounts, CallbackQueue } from './callback-queue.ts';
import { type GraphError, graphError, renderGraphError } from './graph-error.ts';
import { type GraphAnswer, type GraphCall, GraphServer } from './graph-server.ts';
import { hashOf, MediaShelf } from './media-shelf.ts';
import { readSend } from './message-check.ts';
import { type AcceptedMessage, type GraphStatus, MessageLife } from './message-life.ts';
import { changeGraphSettings, defaultGraphSettings, type GraphSettings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

const windowMs = 24 * 60 * 60 * 1000;
/** Handsets whose pace and last message are remembered; beyond that all are forgotten. */
const pairsMax = 50_000;

export interface GraphStats {
  /** Calls of `messages`, those that were accepted, and refusals by code. */
  readonly calls: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<number, number>>;
  readonly callbacks: Readonly<CallbackCounts>;
}

/** A simulated Graph API with virtual phones behind it (whatsapp-cloud §12). */
export class GraphSimulator {
  readonly #world: Neighbourhood;
  readonly #agenda;
  readonly #http;
  readonly #server: GraphServer;
  readonly #life: MessageLife;
  readonly #user: AppUser;
  readonly #shelf: MediaShelf;
  readonly #stopWatching: () => void;
  readonly #queues = new Map<string, CallbackQueue>();
  readonly #numberBuckets = new Map<string, TokenBucket>();
  readonly #pairBuckets = new Map<string, TokenBucket>();
  readonly #lastInbound = new Map<string, number>();
  readonly #refused: Record<number, number> = {};
  #settings: GraphSettings = defaultGraphSettings;
  #calls = 0;
  #accepted = 0;
  #isDown = false;

  constructor(world: Neighbourhood, settings: unknown) {
    this.#world = world;
    const { clock, handsets } = world;
    this.#agenda = createAgenda(clock);
    this.#http = createProviderHttp({ clock });
    this.#shelf = new MediaShelf(world.random);
    this.#server = new GraphServer((call, answer) => this.#handle(call, answer));
    this.#life = new MessageLife({
      clock,
      agenda: this.#agenda,
      handsets,
      settings: () => this.#settings,
      isWindowOpen: (phoneNumberId, number) => this.#isWindowOpen(phoneNumberId, number),
      tell: (message, status, code) => this.#tell(message, status, code),
      onRead: (handset, message) => this.#user.answerBack(handset, message),
    });
    this.#user = new AppUser({
      numbers: () => this.#settings.numbers,
      read: (handset, wamid) => this.#life.read(handset, wamid),
      inject: (phoneNumberId, from, message) => this.inject(phoneNumberId, from, message),
    });
    this.#stopWatching = handsets.onChange(({ number }) => this.#life.wake(number));
    this.#settings = changeGraphSettings(this.#settings, settings);
  }

  listen(port = 0): Promise<number> {
    return this.#server.listen(port);
  }

  /** Changes settings; in force for everything that happens from now on. */
  async set(change: unknown): Promise<void> {
    this.#settings = changeGraphSettings(this.#settings, change);
    this.#numberBuckets.clear();
    this.#pairBuckets.clear();
    const { isDown } = this.#settings;
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    if (isDown) await this.#server.close();
    else await this.#server.listen();
  }

  stats(): GraphStats {
    const callbacks = { sent: 0, failed: 0, lost: 0, forged: 0 };
    for (const { counts } of this.#queues.values()) {
      callbacks.sent += counts.sent;
      callbacks.failed += counts.failed;
      callbacks.lost += counts.lost;
      callbacks.forged += counts.forged;
    }
    const { ...refused } = this.#refused;
    return { calls: this.#calls, accepted: this.#accepted, refused, callbacks };
  }

  async close(): Promise<void> {
    this.#stopWatching();
    this.#agenda.close();
    await this.#server.close();
    await this.#http.close();
  }

  /** Sends a message of any type from a handset: `message` is what stands in a webhook beside from, id and time. */
  inject(phoneNumberId: string, from: string, message: JsonObject): void {
    const { clock, handsets } = this.#world;
    const line = this.#settings.numbers[phoneNumberId];
    if (line === undefined) return;
    const now = clock.now();
    handsets.use(from);
    remember(this.#lastInbound, `${phoneNumberId}/${from}`, now);
    this.#queueOf(phoneNumberId).add({
      ...this.#frame(phoneNumberId),
      contacts: [{ profile: { name: `Handset ${from.slice(-4)}` }, wa_id: from }],
      messages: [{ from, id: this.#newWamid(), timestamp: seconds(now), ...message }],
    });
  }

  /** A file from a handset, to be fetched through the API. */
  injectMedia(
    phoneNumberId: string,
    from: string,
    media: {
      type: string;
      contentType: string;
      bytes: Buffer;
      caption?: string;
      filename?: string;
    },
  ): void {
    const { type, contentType, bytes, ...rest } = media;
    const file = this.#shelf.put(contentType, bytes);
    const about = { id: file.id, mime_type: contentType, sha256: hashOf(file), ...rest };
    this.inject(phoneNumberId, from, { type, [type]: about });
  }

  /** What users of phones can do here. */
  get actor(): ChannelActor {
    return this.#user.actor;
  }

  // The API.

  #handle(call: GraphCall, answer: (answer: GraphAnswer) => void): void {
    const { answerDelayMs } = this.#settings;
    const given = this.#answer(call);
    if (answerDelayMs === 0) answer(given);
    else this.#agenda.after(answerDelayMs, () => answer(given));
  }

  #answer(call: GraphCall): GraphAnswer {
    const [version = '', id = '', below, ...more] = call.path.slice(1).split('/');
    if (version === 'files') return this.#serveFile(id, call.token);
    if (!/^v\d{1,3}\.\d{1,2}$/.test(version) || more.length > 0) {
      return refuse(graphError(400, 2500, 'Unknown path components.'));
    }
    if (below === undefined && call.method === 'GET') return this.#describeFile(id, call);
    if (below !== 'messages' || call.method !== 'POST') {
      return refuse(graphError(400, 100, 'Unsupported request.'));
    }
    return this.#send(id, call);
  }

  #send(phoneNumberId: string, { token, body }: GraphCall): GraphAnswer {
    this.#calls++;
    const { templates, dropAnswerShare, statusFirst } = this.#settings;
    const fault = this.#check(phoneNumberId, token);
    const request = fault ?? readSend(parseJson(body.toString('utf8')), templates);
    if ('code' in request) return this.#count(request);
    const paced = this.#checkPace(phoneNumberId, request.to);
    if (paced !== null) return this.#count(paced);
    this.#accepted++;
    const wamid = this.#newWamid();
    const message = { wamid, phoneNumberId, request };
    if (statusFirst) this.#life.begin(message);
    else this.#agenda.after(this.#settings.answerDelayMs, () => this.#life.begin(message));
    if (this.#world.random.fraction() < dropAnswerShare) return { kind: 'cut' };
    return respond({
      messaging_product: 'whatsapp',
      contacts: [{ input: request.to, wa_id: request.to }],
      messages: [{ id: wamid, message_status: 'accepted' }],
    });
  }

  /** Credentials first, as the API has it; then what it was told to refuse. */
  #check(phoneNumberId: string, token: string): GraphError | null {
    const { numbers, refuseShare, refuseWith } = this.#settings;
    const line = numbers[phoneNumberId];
    const isKnown = Object.values(numbers).some((one) => one.token === token);
    if (token === '' || !isKnown) return graphError(401, 190, 'Invalid OAuth access token.');
    if (line === undefined) return graphError(400, 33, 'The phone number id does not exist.');
    if (line.token !== token) return graphError(403, 10, 'The token has no right to this number.');
    if (this.#world.random.fraction() >= refuseShare) return null;
    const { status, code, retryAfterS } = refuseWith;
    return graphError(status, code, 'Refused as it was told.', retryAfterS);
  }

  #checkPace(phoneNumberId: string, to: string): GraphError | null {
    const now = this.#world.clock.monotonic();
    const { rate, pairIntervalMs, pairBurst } = this.#settings;
    const perNumber =
      this.#numberBuckets.get(phoneNumberId) ?? new TokenBucket(1_000 / rate, rate, now);
    this.#numberBuckets.set(phoneNumberId, perNumber);
    if (!perNumber.take(now)) return graphError(429, 130429, 'Rate limit hit.', 1);
    const pair = `${phoneNumberId}/${to}`;
    const perPair = this.#pairBuckets.get(pair) ?? new TokenBucket(pairIntervalMs, pairBurst, now);
    remember(this.#pairBuckets, pair, perPair);
    return perPair.take(now) ? null : graphError(429, 131056, 'Pair rate limit hit.');
  }

  #count(error: GraphError): GraphAnswer {
    this.#refused[error.code] = (this.#refused[error.code] ?? 0) + 1;
    return refuse(error);
  }

  #describeFile(id: string, { token }: GraphCall): GraphAnswer {
    if (!Object.values(this.#settings.numbers).some((line) => line.token === token)) {
      return refuse(graphError(401, 190, 'Invalid OAuth access token.'));
    }
    const file = this.#shelf.find(id);
    if (file === undefined) return refuse(graphError(400, 100, 'The media id does not exist.'));
    const { contentType: mime_type, bytes } = file;
    return respond({
      messaging_product: 'whatsapp',
      id,
      mime_type,
      sha256: hashOf(file),
      file_size: bytes.length,
      url: `${this.#origin}/files/${id}`,
    });
  }

  #serveFile(id: string, token: string): GraphAnswer {
    const isAllowed = Object.values(this.#settings.numbers).some((line) => line.token === token);
    const file = this.#shelf.find(id);
    if (!isAllowed || file === undefined) return refuse(graphError(401, 190, 'No access.'));
    const { contentType, bytes } = file;
    return { kind: 'answer', status: 200, contentType, body: bytes, retryAfterS: null };
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  // Callbacks.

  #tell(
    { wamid, phoneNumberId, request }: AcceptedMessage,
    status: GraphStatus,
    code: number | null,
  ): void {
    const { to, opaque } = request;
    const now = this.#world.clock.now();
    this.#queueOf(phoneNumberId).add({
      ...this.#frame(phoneNumberId),
      statuses: [
        {
          id: wamid,
          status,
          timestamp: seconds(now),
          recipient_id: to,
          ...(opaque === null ? {} : { biz_opaque_callback_data: opaque }),
          ...(code === null ? {} : { errors: [{ code, title: `Error ${code}` }] }),
        },
      ],
    });
  }

  #frame(phoneNumberId: string): JsonObject {
    const display_phone_number = this.#settings.numbers[phoneNumberId]?.displayNumber ?? '';
    const metadata = { display_phone_number, phone_number_id: phoneNumberId };
    return { messaging_product: 'whatsapp', metadata };
  }

  #queueOf(phoneNumberId: string): CallbackQueue {
    const known = this.#queues.get(phoneNumberId);
    if (known !== undefined) return known;
    const queue = new CallbackQueue(phoneNumberId, {
      agenda: this.#agenda,
      random: this.#world.random,
      http: this.#http,
      settings: () => this.#settings,
    });
    this.#queues.set(phoneNumberId, queue);
    return queue;
  }

  #isWindowOpen(phoneNumberId: string, number: string): boolean {
    const at = this.#lastInbound.get(`${phoneNumberId}/${number}`);
    return at !== undefined && this.#world.clock.now() - at < windowMs;
  }

  #newWamid(): string {
    const { random } = this.#world;
    const words = Uint32Array.from({ length: 4 }, () => random.uint32());
    return `wamid.${Buffer.from(words.buffer).toString('base64')}`;
  }
}

function respond(body: JsonObject): GraphAnswer {
  const contentType = 'application/json';
  return {
    kind: 'answer',
    status: 200,
    contentType,
    body: JSON.stringify(body),
    retryAfterS: null,
  };
}

function refuse(error: GraphError): GraphAnswer {
  return {
    kind: 'answer',
    status: error.status,
    contentType: 'application/json',
    body: renderGraphError(error, 'simulated'),
    retryAfterS: error.retryAfterS,
  };
}

function seconds(at: number): string {
  return String(Math.floor(at / 1_000));
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= pairsMax && !map.has(key)) map.clear();
  map.set(key, value);
}
