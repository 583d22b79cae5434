import type { InboundQueue, OutboxReport, OutboxStore, QueuedInbound } from '../store/contract.ts';
import { orderTriesMax } from '../store/inbound-contract.ts';
import type { RowSource } from './waiting-rows.ts';

/** What history notes of a receipt that the ESME took: the nearest thing HTTP has to ESME_ROK. */
const takenHttpStatus = 200;

/** Status reports of messages that came by SMPP. */
export function receiptSource(outbox: OutboxStore): RowSource<OutboxReport> {
  return {
    queues: () => outbox.queues(),
    read: (query) => outbox.read(query),
    told: (batch, now) =>
      outbox.told(
        batch.map(({ row: { queue, sequence, report }, wasTaken }) => ({
          queue,
          sequence,
          messageId: report.messageId,
          status: report.status,
          httpStatus: wasTaken ? takenHttpStatus : 0,
        })),
        now,
      ),
    postpone: (batch) =>
      outbox.postpone(
        batch.map(({ row: { queue, sequence, report }, due }) => ({
          queue,
          sequence,
          messageId: report.messageId,
          due,
        })),
      ),
    keyOf: ({ report }) => report.messageId,
    bornAt: ({ report }) => report.createdAt,
    // The receipts of one message always stay in order.
    orderTriesMax: Number.POSITIVE_INFINITY,
  };
}

/** Messages from handsets. Those of one handset keep their order. */
export function incomingSource(queue: InboundQueue): RowSource<QueuedInbound> {
  return {
    queues: () => queue.queues(),
    read: (query) => queue.read(query),
    told: (batch, now) =>
      queue.told(
        batch.map(({ row }) => row),
        now,
      ),
    postpone: (batch) => queue.postpone(batch.map(({ row, due }) => ({ ...row, due }))),
    keyOf: ({ message }) => message.from,
    bornAt: ({ message }) => message.receivedAt,
    orderTriesMax,
  };
}
