import { counter, gauge } from './app-figures.ts';
import type { InboundFigures, InboundSide } from './app-inbound.ts';
import type { Figure } from './metrics.ts';

/** The figures of incoming messages; docs/reference/metrics.md lists them. */
export function listInboundFigures(side: InboundSide): Figure[] {
  const of = (read: (figures: InboundFigures) => number) => () => read(side.figures());
  return [
    counter(
      'chappe_inbound_total',
      'Incoming messages and events that were taken.',
      of(({ counts }) => counts.taken),
    ),
    counter(
      'chappe_inbound_unassigned_total',
      'Of these, those that belong to no account.',
      of(({ counts }) => counts.unassigned),
    ),
    counter(
      'chappe_inbound_repeated_total',
      'Messages and parts that had come before.',
      of(({ counts }) => counts.repeated),
    ),
    counter(
      'chappe_inbound_incomplete_total',
      'Long messages that were delivered without all of their parts.',
      of(({ counts }) => counts.incomplete),
    ),
    counter(
      'chappe_inbound_told_total',
      'Incoming messages that webhooks took.',
      of(({ webhooks }) => webhooks.told),
    ),
    counter(
      'chappe_inbound_failed_total',
      'Calls with incoming messages that failed.',
      of(({ webhooks }) => webhooks.failed),
    ),
    counter(
      'chappe_inbound_given_up_total',
      'Incoming messages that webhooks were not told any more.',
      of(({ webhooks }) => webhooks.givenUp + webhooks.homeless),
    ),
    counter(
      'chappe_events_told_total',
      'Events that webhooks took.',
      of(({ events }) => events.told),
    ),
    counter(
      'chappe_events_given_up_total',
      'Events that webhooks were not told any more.',
      of(({ events }) => events.givenUp + events.homeless),
    ),
    gauge(
      'chappe_opt_outs',
      'Opt-outs that are honoured.',
      of(({ optOuts }) => optOuts.size),
    ),
    gauge(
      'chappe_opt_outs_excess',
      'Opt-outs that are stored and not honoured, for want of room.',
      of(({ optOuts }) => optOuts.excess),
    ),
    gauge(
      'chappe_media_files',
      'Received files that are kept.',
      of(({ media }) => media.files),
    ),
    gauge(
      'chappe_media_bytes',
      'Their octets.',
      of(({ media }) => media.octets),
    ),
  ];
}
