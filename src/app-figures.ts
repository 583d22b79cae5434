import type { CallbackCounts } from './app-callbacks.ts';
import type { ConnectionWatch } from './dispatch/connection-watch.ts';
import type { Dispatcher } from './dispatch/dispatcher.ts';
import type { HttpCounters } from './http/listener.ts';
import type { Figure } from './metrics.ts';
import type { SmppServer } from './smpp-server/smpp-server.ts';
import type { ReportSender, SenderStats } from './webhooks/sender.ts';

/** What the figures are read from. */
export interface FigureSources {
  readonly dispatcher: Dispatcher;
  readonly watch: ConnectionWatch;
  readonly sender: ReportSender;
  readonly smpp: SmppServer;
  readonly counts: Readonly<MessageCounts>;
  readonly callbackCounts: Readonly<CallbackCounts>;
  backlog(): number;
  readonly http?:
    | { readonly counters: Readonly<HttpCounters>; openConnections(): number }
    | undefined;
}

/** What the program counts by itself, since its start. */
export interface MessageCounts {
  accepted: number;
  reports: number;
}

/** The figures of `GET /metrics`; docs/reference/metrics.md lists them. */
export function listFigures(sources: FigureSources): Figure[] {
  const { dispatcher, sender, counts, http } = sources;
  return [
    counter(
      'chappe_messages_accepted_total',
      'Messages that were accepted.',
      () => counts.accepted,
    ),
    counter(
      'chappe_reports_total',
      'Status reports that were put into the outbox.',
      () => counts.reports,
    ),
    counter(
      'chappe_messages_delivered_again_total',
      'Messages that a second channel has delivered as well.',
      () => dispatcher.deliveredAgain,
    ),
    {
      name: 'chappe_revocations_total',
      help: 'Parts that were to be taken back (asked); that the operator took back (done) or did not (refused).',
      kind: 'counter',
      labels: ['connection', 'outcome'],
      read: () =>
        dispatcher.connections().flatMap(({ connection: { name, revocations } }) =>
          Object.entries(revocations ?? {}).map(([outcome, value]) => ({
            value,
            labels: { connection: name, outcome },
          })),
        ),
    },
    gauge('chappe_store_backlog', 'Rows that wait to be written to disk.', () => sources.backlog()),
    perConnection(
      'chappe_connection_up',
      'Binds that are up.',
      dispatcher,
      (health) => health.bindsUp,
    ),
    perConnection(
      'chappe_connection_outstanding',
      'Parts without an answer yet.',
      dispatcher,
      (health) => health.outstanding,
    ),
    {
      name: 'chappe_connection_waiting',
      help: 'Steps in memory that wait for a bind.',
      kind: 'gauge',
      read: () =>
        dispatcher.connections().map(({ connection, waiting }) => ({
          value: waiting,
          labels: { connection: connection.name },
        })),
    },
    {
      name: 'chappe_connection_breaker',
      help: 'Whether new messages pass a connection over: 0 no, 1 most do, 2 yes if others can take them.',
      kind: 'gauge',
      read: () =>
        dispatcher.connections().map(({ connection: { name } }) => ({
          value: breakerNumbers[sources.watch.state(name)],
          labels: { connection: name },
        })),
    },
    {
      name: 'chappe_callbacks_total',
      help: 'Calls of providers: what they brought is on disk (taken), or why not.',
      kind: 'counter',
      labels: ['connection', 'verdict'],
      read: () =>
        [...sources.callbackCounts].flatMap(([connection, counted]) =>
          Object.entries(counted).map(([verdict, value]) => ({
            value,
            labels: { connection, verdict },
          })),
        ),
    },
    ...senderFigures(sender),
    ...smppFigures(sources.smpp),
    ...(http === undefined ? [] : httpFigures(http)),
  ];
}

const breakerNumbers = { closed: 0, trial: 1, open: 2 } as const;

function senderFigures(sender: ReportSender): Figure[] {
  const of = (read: (stats: SenderStats) => number) => () => read(sender.stats());
  return [
    counter(
      'chappe_webhook_told_total',
      'Reports that webhooks took.',
      of((stats) => stats.told),
    ),
    counter(
      'chappe_webhook_failed_total',
      'Calls to webhooks that failed.',
      of((stats) => stats.failed),
    ),
    counter(
      'chappe_webhook_given_up_total',
      'Reports given up.',
      of((stats) => stats.givenUp + stats.homeless),
    ),
    gauge(
      'chappe_webhook_calling',
      'Calls to webhooks under way.',
      of((stats) => stats.calling),
    ),
    gauge(
      'chappe_webhook_held',
      'Reports in memory.',
      of((stats) => stats.held),
    ),
    gauge(
      'chappe_webhook_resting',
      'Queues that rest because their endpoint fails.',
      of((stats) => stats.resting),
    ),
  ];
}

function smppFigures(smpp: SmppServer): Figure[] {
  const { counters } = smpp;
  return [
    gauge('chappe_smpp_connections', 'Open connections of customers.', () => smpp.connections),
    {
      name: 'chappe_smpp_sessions',
      help: 'Sessions that are bound.',
      kind: 'gauge',
      labels: ['account'],
      read: () =>
        Array.from(smpp.sessions(), ([account, value]) => ({ value, labels: { account } })),
    },
    counter('chappe_smpp_binds_total', 'Binds that were accepted.', () => counters.binds),
    counter(
      'chappe_smpp_binds_refused_total',
      'Binds that were refused.',
      () => counters.bindsRefused,
    ),
    counter(
      'chappe_smpp_connections_refused_total',
      'Connections that were cut at once because there were too many.',
      () => counters.connectionsRefused,
    ),
    {
      name: 'chappe_smpp_requests_total',
      help: 'Requests of customers that their session allowed.',
      kind: 'counter',
      labels: ['command'],
      read: () =>
        counters.requests().map(({ command, count }) => ({ value: count, labels: { command } })),
    },
    {
      name: 'chappe_smpp_refused_total',
      help: 'Requests of customers that were refused.',
      kind: 'counter',
      labels: ['status'],
      read: () =>
        counters.refusals().map(({ status, count }) => ({ value: count, labels: { status } })),
    },
    counter('chappe_smpp_unreadable_total', 'PDUs that could not be read.', () => counters.faults),
    counter(
      'chappe_smpp_violations_total',
      'Requests that the state of their session does not allow.',
      () => counters.violations,
    ),
    counter('chappe_smpp_overflows_total', 'Requests beyond the window.', () => counters.overflows),
  ];
}

function httpFigures(http: NonNullable<FigureSources['http']>): Figure[] {
  const { counters } = http;
  return [
    counter('chappe_http_requests_total', 'Requests received.', () => counters.requests),
    counter('chappe_http_failures_total', 'Requests that failed inside.', () => counters.failures),
    counter(
      'chappe_http_refused_total',
      'Requests refused unread and connections refused.',
      () => counters.refusedTooLarge + counters.refusedBusy + counters.connectionsRefused,
    ),
    gauge('chappe_http_connections', 'Open connections.', () => http.openConnections()),
  ];
}

function perConnection(
  name: string,
  help: string,
  dispatcher: Dispatcher,
  read: (health: { bindsUp: number; outstanding: number }) => number,
): Figure {
  return {
    name,
    help,
    kind: 'gauge',
    read: () =>
      dispatcher.connections().map(({ connection }) => ({
        value: read(connection.health()),
        labels: { connection: connection.name },
      })),
  };
}

export function counter(name: string, help: string, read: () => number): Figure {
  return { name, help, kind: 'counter', read: () => [{ value: read() }] };
}

export function gauge(name: string, help: string, read: () => number): Figure {
  return { name, help, kind: 'gauge', read: () => [{ value: read() }] };
}
