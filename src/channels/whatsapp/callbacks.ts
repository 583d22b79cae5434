import type { Clock } from '../../lib/clock.ts';
import type { CallbackAnswer, CallbackRequest } from '../contract.ts';
import { callbackBytesMax } from './limits.ts';
import type { NumberInbox } from './number-inbox.ts';
import type { WhatsappSettings } from './settings.ts';
import { isEqual, isSigned, signatureHeader } from './signature.ts';
import { type NumberFrame, readNotification } from './webhook.ts';

/** A business number of this gateway. */
export interface BusinessNumber extends NumberFrame {
  readonly appSecret: string;
  readonly inbox: NumberInbox;
}

/**
 * All business numbers by their id. Meta calls one address for each app, so what comes to one connection may be for
 * another number of the same app.
 */
export type BusinessNumbers = Map<string, BusinessNumber>;

/**
 * Answers what Meta calls us with (whatsapp-cloud §7): 200 only when everything in it is on disk. The signature is
 * checked over the octets as they came, before anything of them is read.
 */
export async function answerCallback(
  request: CallbackRequest,
  settings: WhatsappSettings,
  numbers: BusinessNumbers,
  clock: Clock,
): Promise<CallbackAnswer> {
  if (request.method === 'GET') return verify(request.query, settings.verifyToken);
  if (request.method !== 'POST') return answer(405, 'malformed');
  const { body, headers } = request;
  if (body.length > callbackBytesMax) return answer(413, 'malformed');
  const { appSecret } = settings;
  if (!isSigned(appSecret, body, headers[signatureHeader])) return answer(401, 'forged');
  const notification = readNotification(
    body.toString('utf8'),
    (phoneNumberId) => {
      const number = numbers.get(phoneNumberId);
      // A number of another app is not spoken for by this one's secret.
      return number?.appSecret === appSecret ? number : undefined;
    },
    clock.now(),
  );
  if (notification === null) return answer(400, 'malformed');
  let isTaken = true;
  for (const [phoneNumberId, news] of notification.news) {
    const taken = await numbers.get(phoneNumberId)?.inbox.take(news);
    if (taken !== true) isTaken = false;
  }
  return isTaken ? answer(200, 'taken') : answer(503, 'failed');
}

/** The handshake when the address is set up (whatsapp-cloud §7.1): the challenge comes back as it is. */
function verify(query: string, verifyToken: string): CallbackAnswer {
  const given = new URLSearchParams(query);
  const challenge = given.get('hub.challenge') ?? '';
  const isOurs =
    given.get('hub.mode') === 'subscribe' &&
    isEqual(given.get('hub.verify_token') ?? '', verifyToken);
  if (!isOurs) return answer(403, 'forged');
  // Meta's challenges are numbers; nothing that a browser could take for a page goes back.
  if (!/^[\w.-]{1,200}$/.test(challenge)) return answer(400, 'malformed');
  return { status: 200, body: challenge, verdict: 'taken' };
}

function answer(status: number, verdict: CallbackAnswer['verdict']): CallbackAnswer {
  return { status, body: '', verdict };
}
