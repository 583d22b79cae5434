import type { Clock } from '../../src/lib/clock.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../../src/lib/http-client.ts';
import type { Random } from '../../src/lib/random.ts';
import { type IncomingLedger, inboundUrl } from './incoming.ts';
import type { Ledger } from './ledger.ts';

export interface EndpointWeather {
  latencyMsMax: number;
  /** The share of calls that are answered with 500, without having been taken. */
  errorChance: number;
  /** The share of calls that are taken, and whose answer is lost. */
  lossChance: number;
}

/** The customer's webhooks: take reports and incoming messages into the ledgers, behind a network of its own. */
export function createEndpoint(
  clock: Clock,
  random: Random,
  ledger: Ledger,
  incoming: IncomingLedger,
  observe: (event: string) => void,
): HttpClient & { weather: EndpointWeather; lostAnswers: number } {
  const endpoint = {
    weather: { latencyMsMax: 50, errorChance: 0, lossChance: 0 } as EndpointWeather,
    lostAnswers: 0,
    send(request: HttpRequest): Promise<HttpOutcome> {
      const arriveAfter = Math.ceil(random.fraction() * endpoint.weather.latencyMsMax);
      if (request.url === inboundUrl) incoming.noteCall(request);
      return new Promise((resolve) => {
        clock.after(arriveAfter, () => {
          if (random.fraction() < endpoint.weather.errorChance) {
            resolve({ kind: 'answered', status: 500 });
            return;
          }
          take(request);
          if (random.fraction() < endpoint.weather.lossChance) {
            endpoint.lostAnswers++;
            clock.after(request.timeoutMs, () => resolve({ kind: 'failed', reason: 'timed out' }));
            return;
          }
          resolve({ kind: 'answered', status: 200 });
        });
      });
    },
    close: () => Promise.resolve(),
  };

  function take(request: HttpRequest): void {
    if (request.url === inboundUrl) {
      observe(`incoming ${incoming.take(request)}`);
      return;
    }
    const { messages } = JSON.parse(request.body ?? '') as {
      messages: { msg: { reference: string; status: { code: string; errorCode: string } } };
    };
    const { reference, status } = messages.msg;
    observe(`report ${reference} ${status.code} ${status.errorCode}`);
    ledger.records.get(reference)?.reports.push({
      status: Number(status.code),
      error: Number(status.errorCode),
      webhookId: request.headers['webhook-id'] ?? '',
    });
  }

  return endpoint;
}
