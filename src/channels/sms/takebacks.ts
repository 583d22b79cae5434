import type { Revocation } from '../../core/revocation.ts';
import { Deque } from '../../lib/deque.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import type { CancelSm, Unnumbered } from '../../smpp/pdus.ts';
import type { RevocationCounts } from '../contract.ts';
import { createSourceAddresses } from './addresses.ts';
import { noIdPrefix } from './provider-ids.ts';
import type { SmsSettings } from './settings.ts';

/** Parts that wait to be taken back; what comes on top is not asked for. */
export const takebacksWaitingMax = 10_000;

export type Cancel = Unnumbered<CancelSm>;

/** What one connection is to take back: a cancel_sm for each part (SMPP 3.4 §4.9), oldest first. */
export class Takebacks {
  readonly counts: RevocationCounts = { asked: 0, done: 0, refused: 0 };
  readonly #settings: SmsSettings;
  readonly #findSource: ReturnType<typeof createSourceAddresses>;
  readonly #waiting = new Deque<Cancel>();

  constructor(settings: SmsSettings) {
    this.#settings = settings;
    this.#findSource = createSourceAddresses(settings);
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(batch: readonly Revocation[]): void {
    for (const { message, providerIds } of batch) {
      const source = this.#findSource(message.from);
      for (const message_id of providerIds) {
        this.counts.asked++;
        // Without an id all messages between the two addresses would go (§4.9.1).
        if (source === null || message_id.startsWith(noIdPrefix)) continue;
        if (this.#waiting.size >= takebacksWaitingMax) continue;
        const { ton, npi } = this.#settings.destinationPlan;
        this.#waiting.pushBack({
          command: 'cancel_sm',
          service_type: '',
          message_id,
          source_addr_ton: source.ton,
          source_addr_npi: source.npi,
          source_addr: source.text,
          dest_addr_ton: ton,
          dest_addr_npi: npi,
          destination_addr: message.msisdn,
        });
      }
    }
  }

  next(): Cancel | undefined {
    return this.#waiting.popFront();
  }

  /** Until a bind is up again it is too late. */
  drop(): void {
    this.#waiting.drain();
  }

  answered(command_status: number): void {
    if (command_status === commandStatus.ESME_ROK) this.counts.done++;
    else this.counts.refused++;
  }
}
