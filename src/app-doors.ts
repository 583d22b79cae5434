import { type AccountEntry, listConversionLogins } from './accounts.ts';
import { createConversionDoor, renderConversionRefusal } from './api/conversion/conversion-door.ts';
import { createConversionLogins } from './api/conversion/logins.ts';
import { createConversionsDoor } from './api/conversions/conversions-door.ts';
import { createGatewayDoor, gatewayPaths } from './api/gateway-door.ts';
import { createGetDoor } from './api/get/get-door.ts';
import { createIdempotency } from './api/idempotency.ts';
import { createJsonDoor } from './api/json/json-door.ts';
import { renderRequestError } from './api/json/response.ts';
import { createMessagesDoor } from './api/messages/messages-door.ts';
import { createOpenApiDocument } from './api/openapi/document.ts';
import { createOpenApiDoor } from './api/openapi/openapi-door.ts';
import type { OpenApiFragment } from './api/openapi/parts.ts';
import { createMetricsDoor, createReadinessDoor, livenessDoor } from './api/ops/ops-doors.ts';
import { createPacedDoor } from './api/paced-door.ts';
import { renderRefusal } from './api/plain-answers.ts';
import { createPlanDoor } from './api/plan/plan-door.ts';
import { problem, tooManyRequests } from './api/problem.ts';
import { createXmlDoor } from './api/xml/xml-door.ts';
import {
  type CallbackCounts,
  callbacksPath,
  createProviderDoor,
  providerBodyBytesMax,
} from './app-callbacks.ts';
import type { InboundSide } from './app-inbound.ts';
import type { Connection } from './channels/contract.ts';
import type { Accounts } from './core/account.ts';
import type { Route } from './http/router.ts';
import type { AccountLimits } from './intake/account-limits.ts';
import type { createIntake, IntakeParts } from './intake/intake.ts';
import type { Clock } from './lib/clock.ts';
import type { MessageIds } from './lib/message-id.ts';
import type { createMetrics } from './metrics.ts';
import { drySubmit } from './smpp-server/dry-submit.ts';
import type { Store } from './store/contract.ts';
import { version } from './version.ts';

/** What the doors stand in front of. */
export interface DoorParts {
  readonly accounts: Accounts;
  readonly entries: readonly AccountEntry[];
  readonly store: Store;
  readonly intake: ReturnType<typeof createIntake>;
  /** What that intake is made of: a plan is made with the same, and admits what is only asked about. */
  readonly intakeParts: IntakeParts;
  readonly accountLimits: AccountLimits;
  readonly inbound: InboundSide;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly callbackCounts: CallbackCounts;
  readonly ids: MessageIds;
  readonly clock: Clock;
  /** Octets of the largest body that the listener passes on; absent: as many as the doors take by themselves. */
  readonly bodyBytesMax: number | undefined;
  /** Descriptions of routes besides these. */
  readonly extraOpenApi: readonly OpenApiFragment[];
  findConnection(name: string): Connection | undefined;
  /** Whether nothing new is taken now. */
  isBusy(): boolean;
  /** Why no traffic should come yet, as sentences; empty when ready. */
  readiness(): readonly string[];
  /** Names of the connections over which nothing can go at present. */
  connectionsOut(): readonly string[];
  onFailure(error: unknown): void;
}

type MakeRoute = (path: string, door: Route['door']) => Route;

/** Everything the gateway answers over HTTP: each path, its door, and how it refuses. */
export function listRoutes(parts: DoorParts): Route[] {
  const { accounts, store, clock } = parts;
  const idempotency = createIdempotency({ answers: store.answers, clock });
  const openApi = createOpenApiDocument(version, parts.extraOpenApi);
  const pace = createPace(parts);
  const paced: MakeRoute = (path, door) => pace(api(path, door));
  return [
    ...listSendingRoutes(parts, idempotency),
    pace({
      path: '/v1.0/conversion',
      door: createConversionDoor({
        accounts,
        logins: createConversionLogins(listConversionLogins(parts.entries)),
        conversions: store.conversions,
        history: store.history,
        idempotency,
        clock,
        isBusy: parts.isBusy,
        onFailure: parts.onFailure,
      }),
      refuse: renderConversionRefusal,
    }),
    paced(
      '/api/conversions/*',
      createConversionsDoor({ conversions: store.conversions, accounts, clock }),
    ),
    paced('/api/messages/*', createMessagesDoor(store.history, accounts, store.conversions)),
    paced('/api/plan', createDryDoor(parts, idempotency)),
    ...parts.inbound.routes(paced),
    api('/livez', livenessDoor),
    api('/readyz', createReadinessDoor(parts.readiness, parts.connectionsOut)),
    api('/metrics', createMetricsDoor(parts.metrics, clock)),
    api('/api/openapi.json', createOpenApiDoor(openApi)),
    {
      ...api(`${callbacksPath}/*`, createProviderDoor(parts.findConnection, parts.callbackCounts)),
      bodyBytesMax: providerBodyBytesMax,
    },
  ];
}

type Idempotency = ReturnType<typeof createIdempotency>;

/** Where messages come in; intake itself counts how fast. */
function listSendingRoutes(parts: DoorParts, idempotency: Idempotency): Route[] {
  const { accounts, intake, clock, bodyBytesMax, onFailure } = parts;
  const limits = bodyBytesMax === undefined ? {} : { bodyBytesMax };
  const gatewayDoor = createGatewayDoor(
    createXmlDoor({ accounts, intake, idempotency, clock, limits, onFailure }),
    createGetDoor({ accounts, intake, idempotency, onFailure }),
  );
  return [
    {
      path: '/v1.0/message',
      door: createJsonDoor({ accounts, intake, idempotency, limits, onFailure }),
      refuse: renderRequestError,
    },
    ...gatewayPaths.map((path) => ({ path, door: gatewayDoor, refuse: renderRefusal })),
  ];
}

/** The door that tells what would become of a request. */
function createDryDoor(parts: DoorParts, idempotency: Idempotency): Route['door'] {
  const { accounts, clock, ids, onFailure } = parts;
  return createPlanDoor({
    accounts,
    // To ask what would be is not to send.
    intake: { ...parts.intakeParts, admit: () => (parts.isBusy() ? 'busy' : 'ok') },
    idempotency,
    submit: (pdu, account, intake) => drySubmit(pdu, { account, intake, clock, ids, onFailure }),
    onFailure,
  });
}

/** A route of our own interface, which refuses with problems (RFC 9457). */
const api: MakeRoute = (path, door) => ({ path, door, refuse: refuseApi });

const refuseApi: Route['refuse'] = (why, waitMs) => {
  if (why === 'too-many-requests') return tooManyRequests(waitMs);
  return why === 'busy'
    ? problem(503, 'Service Unavailable', 'Too much is coming in at once; try again.')
    : problem(413, 'Content Too Large', 'The body is larger than this gateway takes.');
};

/** Makes routes heed how fast their accounts may ask. */
function createPace({ accounts, accountLimits }: DoorParts): (route: Route) => Route {
  return (route) => ({
    ...route,
    door: createPacedDoor(
      route.door,
      accounts,
      (account) => accountLimits.admitRequest(account),
      (waitMs) => route.refuse('too-many-requests', waitMs),
    ),
  });
}
