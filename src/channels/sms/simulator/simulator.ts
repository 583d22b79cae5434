import type { Clock, Timer } from '../../../lib/clock.ts';
import type { ListenAddress, Net, NetListener } from '../../../lib/net.ts';
import type { Random } from '../../../lib/random.ts';
import { createAgenda } from '../../../rehearsal/agenda.ts';
import type { Handsets } from '../../../rehearsal/handsets.ts';
import { commandId } from '../../../smpp/command-id.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import { interfaceVersion34, type RequestPdu } from '../../../smpp/pdus.ts';
import { type BindPdu, bindModes, decideBind, isBind } from './binds.ts';
import { createDeliveryQueue, type DeliveryCounts, type DeliveryQueue } from './delivery-queue.ts';
import { type Disturbance, disturb } from './disturbances.ts';
import { type IncomingMessage, writeIncoming } from './incoming-message.ts';
import { createMessageStore, type MessageCounts, type MessageStore } from './message-store.ts';
import { createQueries } from './queries.ts';
import { createReceipts } from './receipts.ts';
import {
  changeSmscSettings,
  defaultSmscSettings,
  type SmscChange,
  type SmscSettings,
  switchesOf,
} from './settings.ts';
import type { SmscAccount } from './smsc-account.ts';
import { type LinkPorts, SmscLink } from './smsc-link.ts';
import { readSubmitRequest } from './submit-request.ts';
import { createSubmits, type SubmitCounts } from './submits.ts';
import { defaultSwitches } from './switches.ts';

/** A simulated SMSC: an SMPP 3.4 server with virtual handsets behind it (sms-operators §9). */
export interface SmscSimulator {
  /** Listens; may be called again for another port, plain or TLS. */
  listen(address: ListenAddress): Promise<{ port: number }>;
  /** Changes switches; in force for everything that happens from now on. */
  set(change: SmscChange): void;
  /**
   * Sends a message from a handset to an account; returns how many PDUs it takes, 0 when there is no
   * account to take it. Throws RangeError for addresses that are none.
   *
   * @param onTaken called for each PDU that the account has taken.
   */
  injectMo(message: IncomingMessage, onTaken?: () => void): number;
  /** Does something unpleasant to the open connections, of one account or all; returns to how many. */
  disturb(disturbance: Disturbance, systemId?: string): number;
  /** Cuts all connections and comes back on the same ports, with or without its messages. */
  restart(options: { loseMessages: boolean; downMs: number }): Promise<void>;
  stats(): SmscStats;
  close(): Promise<void>;
}

export interface SmscStats {
  readonly links: number;
  readonly binds: number;
  readonly messages: MessageCounts;
  readonly submits: Readonly<SubmitCounts>;
  readonly deliveries: Readonly<DeliveryCounts> & { readonly waiting: number };
}

export interface SmscOptions {
  net: Net;
  clock: Clock;
  random: Random;
  handsets: Handsets;
  settings?: SmscChange;
}

/** How often time-outs are looked for. */
const sweepMs = 100;

/** A connection must bind within this time. */
const unboundMs = 60_000;

/** system_ids that bind without being configured, at most. */
const strangersMax = 1_000;

interface Desk {
  readonly account: SmscAccount;
  readonly queue: DeliveryQueue;
}

export function createSmscSimulator(options: SmscOptions): SmscSimulator {
  const { net, clock, random, handsets } = options;
  let settings: SmscSettings = changeSmscSettings(defaultSmscSettings, options.settings ?? {});
  const agenda = createAgenda(clock);
  const links = new Set<SmscLink>();
  const desks = new Map<string, Desk>();
  const listeners = new Map<ListenAddress, NetListener>();
  const counts: DeliveryCounts = {
    created: 0,
    acknowledged: 0,
    refused: 0,
    givenUp: 0,
    lost: 0,
    repeated: 0,
  };
  let lastLinkId = 0;

  const receipts = createReceipts({
    agenda,
    random,
    handsets,
    enqueue: (account, delivery) => desks.get(account.systemId)?.queue.enqueue(delivery),
  });
  const store: MessageStore = createMessageStore({
    clock,
    agenda,
    handsets,
    ...receipts,
  });
  const submits = createSubmits({ clock, agenda, random, store });
  const queries = createQueries(store, clock);
  const stopWatching = handsets.onChange(({ number }) => store.wake(number));
  const sweep: Timer = clock.every(sweepMs, sweepLinks);

  const linkPorts: LinkPorts = {
    clock,
    agenda,
    random,
    switchesUnbound: () => ({ ...defaultSwitches, ...settings.all }),
    handleRequest,
    handleAnswer(link, delivery, command_status) {
      deskOf(link)?.queue.handleAnswer(delivery, command_status);
    },
    handleClosed(link) {
      links.delete(link);
      deskOf(link)?.queue.removeLink(link);
    },
  };

  function deskOf(link: SmscLink): Desk | undefined {
    return link.account === null ? undefined : desks.get(link.account.systemId);
  }

  /** The desk of an account that may bind; null when it may not. */
  function openDesk(systemId: string): Desk | null {
    const known = desks.get(systemId);
    if (known !== undefined) return known;
    const switches = switchesOf(settings, systemId);
    const isStranger = !Object.hasOwn(settings.accounts, systemId);
    if (switches === null || (isStranger && desks.size >= strangersMax)) return null;
    const account: SmscAccount = { systemId, switches };
    const desk = { account, queue: createDeliveryQueue(account, agenda, counts) };
    desks.set(systemId, desk);
    return desk;
  }

  function handleRequest(link: SmscLink, pdu: RequestPdu): void {
    if (isBind(pdu)) return handleBind(link, pdu);
    const { account, mode } = link;
    const { sequence_number } = pdu;
    switch (pdu.command) {
      case 'enquire_link':
        if (!link.switches.answersEnquireLink) return;
        return link.send({ command: 'enquire_link_resp' }, commandStatus.ESME_ROK, sequence_number);
      case 'unbind':
        link.send({ command: 'unbind_resp' }, commandStatus.ESME_ROK, sequence_number);
        link.end();
        return link.close();
      case 'submit_sm':
      case 'data_sm':
        if (account !== null && mode !== 'rx') {
          return submits.handle(link, account, readSubmitRequest(pdu));
        }
        break;
      case 'query_sm':
        if (account !== null && mode !== 'rx') return queries.query(link, account, pdu);
        break;
      case 'cancel_sm':
        if (account !== null && mode !== 'rx') return queries.cancel(link, account, pdu);
        break;
      case 'replace_sm':
        if (account !== null && mode !== 'rx') return queries.replace(link, account, pdu);
        break;
      case 'outbind':
      case 'alert_notification':
        return;
      case 'submit_multi':
        // Hardly any SMSC offers it (sms-operators §7).
        return link.refuse(commandId.submit_multi, commandStatus.ESME_RINVCMDID, sequence_number);
      case 'deliver_sm':
        return link.refuse(commandId.deliver_sm, commandStatus.ESME_RINVCMDID, sequence_number);
    }
    link.refuse(commandId[pdu.command], commandStatus.ESME_RINVBNDSTS, sequence_number);
  }

  function handleBind(link: SmscLink, pdu: BindPdu): void {
    const desk = openDesk(pdu.system_id);
    const delayMs = desk?.account.switches.bindDelayMs ?? 0;
    const answer = (): void => {
      if (link.isClosed) return;
      const sessions = desk?.queue.links.length ?? 0;
      const status = decideBind(link, pdu, desk?.account.switches ?? null, sessions);
      const isBound = status === commandStatus.ESME_ROK;
      if (isBound && desk !== null) link.bind(desk.account, bindModes[pdu.command]);
      const tlvs = { sc_interface_version: interfaceVersion34 };
      const response = isBound ? { system_id: 'chappe-sim', tlvs } : { system_id: '' };
      link.send({ command: `${pdu.command}_resp`, ...response }, status, pdu.sequence_number);
      if (isBound) desk?.queue.addLink(link);
    };
    if (delayMs > 0) agenda.after(delayMs, answer);
    else answer();
  }

  function sweepLinks(): void {
    const now = clock.monotonic();
    for (const { queue } of desks.values()) queue.expire(now);
    for (const link of links) {
      link.enquire(now);
      if (link.mode === null && now - link.openedAt > unboundMs) link.destroy();
    }
  }

  async function open(address: ListenAddress): Promise<NetListener> {
    const listener = await net.listen(address, (wire) => {
      const link = new SmscLink(++lastLinkId, wire, linkPorts);
      links.add(link);
      return link;
    });
    const bound = { ...address, port: listener.port };
    listeners.set(bound, listener);
    return listener;
  }

  async function closeListeners(): Promise<ListenAddress[]> {
    const addresses = [...listeners.keys()];
    const closing = [...listeners.values()];
    listeners.clear();
    for (const link of links) link.destroy();
    await Promise.all(closing.map((listener) => listener.close()));
    return addresses;
  }

  return {
    async listen(address) {
      const { port } = await open(address);
      return { port };
    },
    set(change) {
      settings = changeSmscSettings(settings, change);
      for (const { account, queue } of desks.values()) {
        account.switches = switchesOf(settings, account.systemId) ?? account.switches;
        queue.pump();
      }
    },
    injectMo(message, onTaken = () => {}) {
      const desk = message.account === undefined ? findReceiver() : openDesk(message.account);
      if (desk === null) return 0;
      const { mccmnc } = handsets.use(message.from).settings.operator;
      const pdus = writeIncoming(message, desk.account.switches, mccmnc, random);
      for (const pdu of pdus) desk.queue.enqueue({ pdu, linkId: null, attempts: 0, onTaken });
      return pdus.length;
    },
    disturb(disturbance, systemId) {
      const concerned = [...links].filter(
        (link) => systemId === undefined || link.account?.systemId === systemId,
      );
      for (const link of concerned) disturb(link, disturbance, random);
      return concerned.length;
    },
    async restart({ loseMessages, downMs }) {
      const addresses = await closeListeners();
      if (loseMessages) {
        store.forget();
        for (const { queue } of desks.values()) queue.forget();
      }
      await new Promise<void>((resolve) => {
        agenda.after(downMs, resolve);
      });
      for (const address of addresses) await open(address);
    },
    stats() {
      const bound = [...links].filter((link) => link.mode !== null);
      let waiting = 0;
      for (const { queue } of desks.values()) waiting += queue.waiting;
      return {
        links: links.size,
        binds: bound.length,
        messages: { ...store.counts },
        submits: { ...submits.counts },
        deliveries: { ...counts, waiting },
      };
    },
    async close() {
      sweep.cancel();
      stopWatching();
      agenda.close();
      await closeListeners();
    },
  };

  /** The first account that can receive; else the first there is, which keeps it until it binds. */
  function findReceiver(): Desk | null {
    for (const desk of desks.values()) {
      if (desk.queue.links.some((link) => link.isReceiver)) return desk;
    }
    const first = desks.keys().next().value ?? Object.keys(settings.accounts)[0];
    return first === undefined ? null : openDesk(first);
  }
}
