import type { Door } from './door.ts';
import { wrongMethod } from './plain-answers.ts';

/** The paths of the XML and GET gateways; the second is the one before 2016, which clients still call (contract §1). */
export const gatewayPaths = ['/gateway.ashx', '/smssgateway/cm/gateway.ashx'] as const;

/** Chooses the gateway by the method; any other than POST and GET gets HTTP 400 and nothing (contract §2). */
export function createGatewayDoor(xml: Door, get: Door): Door {
  return (request) => {
    if (request.method === 'POST') return xml(request);
    if (request.method === 'GET') return get(request);
    return Promise.resolve(wrongMethod);
  };
}
