import type { Accounts } from '../../core/account.ts';
import type { Intake } from '../../intake/intake.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { type Idempotency, submitMessages } from '../idempotency.ts';
import {
  describeRequest,
  plainTexts,
  renderIntakeResult,
  renderPlainError,
  renderRefusal,
  renderStranger,
  renderUnknown,
} from '../plain-answers.ts';
import { findAccount, judgeStranger, readTokenHeader } from '../product-token.ts';
import { xmlEdges } from '../token-search.ts';
import { readDocument } from './document.ts';
import { renderFirstFault, xmlTexts } from './errors.ts';
import { defaultXmlLimits, type XmlLimits } from './limits.ts';

export interface XmlDoorParts {
  readonly accounts: Accounts;
  readonly intake: Intake;
  readonly idempotency: Idempotency;
  /** Gives others their turn in the middle of a large document; absent: nobody else is there. */
  readonly clock?: Pick<Clock, 'soon'>;
  /** Overrides of `defaultXmlLimits`. */
  readonly limits?: Partial<XmlLimits>;
  /** The request could not be handled, for a bug or a broken store; for the log. */
  onFailure(error: unknown): void;
}

/** `POST /gateway.ashx`: the XML gateway, all or nothing (contract §5). The method was looked at before. */
export function createXmlDoor(parts: XmlDoorParts): Door {
  const limits = { ...defaultXmlLimits, ...parts.limits };
  return async (request) => {
    try {
      return await answer(parts, limits, request);
    } catch (error) {
      parts.onFailure(error);
      return renderUnknown();
    }
  };
}

/** The checks of contract §5.3, in their order. */
async function answer(
  parts: XmlDoorParts,
  limits: XmlLimits,
  request: DoorRequest,
): Promise<DoorResponse> {
  const { body } = request;
  if (body.length > limits.bodyBytesMax) return renderRefusal('body-too-large');
  const given = readTokenHeader(request.headers);
  if (body.length > limits.strangerBytesMax || request.isSuspect === true) {
    const stranger = judgeStranger(parts.accounts, given, body, xmlEdges);
    if (stranger !== null) return renderStranger(xmlTexts[stranger]);
  }
  const document = await readDocument(body, limits, () => takeTurn(parts));
  if (document === null) return renderUnknown();
  const account = findAccount(parts.accounts, given ?? document.token);
  if (typeof account === 'string') return renderStranger(xmlTexts[account]);
  const { messages } = document;
  if (messages === 'too-many' || messages.length === 0) {
    if (!(await parts.intake.hasBalance(account))) {
      return renderPlainError(plainTexts['insufficient-balance']);
    }
    return messages === 'too-many'
      ? renderUnknown(describeRequest('msg-too-many'))
      : renderPlainError(xmlTexts['msg-missing']);
  }
  const asked = {
    account,
    door: 'xml',
    messages,
    policy: 'all-or-nothing',
    reports: null,
  } as const;
  return submitMessages(parts, request, asked, {
    render: (result) => renderIntakeResult(result, renderFirstFault),
    refuseKey: renderRefusal,
  });
}

function takeTurn({ clock }: XmlDoorParts): Promise<void> {
  return new Promise((resolve) => {
    if (clock === undefined) resolve();
    else clock.soon(resolve);
  });
}
