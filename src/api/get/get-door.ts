import type { Account, Accounts } from '../../core/account.ts';
import type { Intake } from '../../intake/intake.ts';
import type { Rejection } from '../../intake/rejection.ts';
import type { IntakeMessage } from '../../intake/request.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { type Idempotency, submitMessages } from '../idempotency.ts';
import {
  echo,
  plainTexts,
  renderIntakeResult,
  renderOtherRejection,
  renderPlainError,
  renderRefusal,
  renderStranger,
  renderUnknown,
} from '../plain-answers.ts';
import { faultOf, type PlainFault } from '../plain-faults.ts';
import { findAccount, readTokenHeader } from '../product-token.ts';
import { type Parameters, readQuery } from './query.ts';

export interface GetDoorParts {
  readonly accounts: Accounts;
  readonly intake: Intake;
  readonly idempotency: Idempotency;
  /** The request could not be handled, for a bug or a broken store; for the log. */
  onFailure(error: unknown): void;
}

/**
 * `GET /gateway.ashx`: one plain SMS out of a query string (contract §6). The method was looked at before. The
 * query holds the token and the text; nothing here may put it into an error or a log.
 */
export function createGetDoor(parts: GetDoorParts): Door {
  return async (request) => {
    try {
      return await answer(parts, request);
    } catch (error) {
      parts.onFailure(error);
      return renderUnknown();
    }
  };
}

/** Characters of a text; what is beyond is cut off. */
export const queryTextCharactersMax = 160;

/** Texts of the GET gateway (contract §6); `other` has none of its own. */
export const queryMessageTexts: Readonly<Record<Exclude<PlainFault, 'other'>, string>> = {
  from: 'No sender name provided',
  to: "Parameter 'to' contains an invalid value: '<msisdn>'",
  number: "Parameter 'to' contains an invalid value: '<msisdn>'",
  body: "Parameter 'body' is required",
  unroutable: plainTexts.unroutable,
};

/** The checks of contract §6, in their order. */
async function answer(parts: GetDoorParts, request: DoorRequest): Promise<DoorResponse> {
  const parameters = readQuery(request.query);
  const { values } = parameters;
  const token = readTokenHeader(request.headers) ?? values.producttoken;
  const account = findAccount(parts.accounts, token);
  if (account === 'token-invalid') {
    return renderStranger(
      `Parameter 'producttoken' contains an invalid value: '${echo(token ?? '')}'`,
    );
  }
  // To an account that has closed this door there is none behind it.
  if (account === 'account-unknown' || account.closedDoors?.includes('get')) {
    return renderStranger(plainTexts['account-unknown']);
  }
  if (parameters.fault !== null) {
    const hasBalance = await parts.intake.hasBalance(account);
    return hasBalance
      ? renderUnknown(parameters.fault)
      : renderPlainError(plainTexts['insufficient-balance']);
  }
  const asked = {
    account,
    door: 'get',
    messages: [toMessage(parameters, account)],
    policy: 'all-or-nothing',
    reports: null,
  } as const;
  return submitMessages(parts, request, asked, {
    render: (result) =>
      renderIntakeResult(result, ([first]) => {
        const rejection = first?.rejection ?? null;
        return rejection === null ? renderUnknown() : renderFault(rejection, values.to ?? '');
      }),
    refuseKey: renderRefusal,
  });
}

/**
 * The one message of a request: a text in the GSM alphabet, one part at most, over SMS (contract §6). The app key,
 * which the specification lists though it says that hybrid messages are not for GET, counts where the account
 * has set up Push.
 */
function toMessage({ values }: Parameters, account: Account): IntakeMessage {
  const { from, to, body, reference, appkey } = values;
  const isHybrid = appkey !== null && account.channels?.includes('Push') === true;
  return {
    from,
    to: [to],
    body: body === null ? null : { content: cut(body), type: 'TEXT', header: null },
    allowedChannels: isHybrid ? ['Push', 'SMS'] : ['SMS'],
    reference: reference || null,
    groupings: [null, null, null],
    validity: null,
    dcs: null,
    partsMin: null,
    partsMax: 1,
    appKey: isHybrid ? appkey : null,
    rich: null,
  };
}

function cut(text: string): string {
  if (text.length <= queryTextCharactersMax) return text;
  // Characters, of which some are two units.
  return Array.from(text.slice(0, queryTextCharactersMax * 2))
    .slice(0, queryTextCharactersMax)
    .join('');
}

function renderFault(rejection: Rejection, to: string): DoorResponse {
  const fault = faultOf(rejection);
  if (fault === 'other') return renderOtherRejection(rejection);
  return renderPlainError(queryMessageTexts[fault].replace('<msisdn>', () => echo(to)));
}
