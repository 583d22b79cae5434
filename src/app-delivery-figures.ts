import { gauge } from './app-figures.ts';
import type { Figure } from './metrics.ts';
import type { DeliverySender } from './smpp-server/deliveries.ts';
import type { RowCounts } from './smpp-server/waiting-rows.ts';

/** The figures of what goes out to customers over SMPP; docs/reference/metrics.md lists them. */
export function listDeliveryFigures(deliveries: DeliverySender): Figure[] {
  const perKind = (name: string, help: string, read: (counts: Readonly<RowCounts>) => number) => ({
    name,
    help,
    kind: 'counter' as const,
    labels: ['kind'],
    read: () => {
      const { receipts, incoming } = deliveries.stats();
      return [
        { value: read(receipts), labels: { kind: 'receipt' } },
        { value: read(incoming), labels: { kind: 'incoming' } },
      ];
    },
  });
  return [
    perKind(
      'chappe_smpp_delivered_total',
      'Receipts and incoming messages that customers took.',
      (counts) => counts.taken,
    ),
    perKind(
      'chappe_smpp_delivery_failed_total',
      'Tries to deliver one that failed and are made again.',
      (counts) => counts.failed,
    ),
    perKind(
      'chappe_smpp_delivery_refused_total',
      'Receipts and incoming messages that a customer refused for ever.',
      (counts) => counts.refused,
    ),
    perKind(
      'chappe_smpp_delivery_expired_total',
      'Receipts and incoming messages given up after seven days.',
      (counts) => counts.expired,
    ),
    gauge(
      'chappe_smpp_outstanding',
      'Deliveries to customers without an answer.',
      () => deliveries.stats().outstanding,
    ),
    gauge(
      'chappe_smpp_held',
      'Receipts and incoming messages in memory.',
      () => deliveries.stats().held,
    ),
  ];
}
