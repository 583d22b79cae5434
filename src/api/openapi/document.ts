import { conversionsOpenApi } from './conversions.ts';
import { gatewayOpenApi } from './gateway.ts';
import { inboundOpenApi } from './inbound.ts';
import { messagesOpenApi } from './messages.ts';
import { opsOpenApi } from './ops.ts';
import type { OpenApiFragment } from './parts.ts';
import { planOpenApi } from './plan.ts';
import { sendOpenApi } from './send.ts';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument extends OpenApiFragment {
  readonly openapi: '3.1.0';
  readonly info: object;
  readonly components: OpenApiFragment['components'] & { readonly securitySchemes: object };
}

/**
 * The description of all that is answered over HTTP.
 *
 * @param more what only some gateways answer, such as the handsets of a rehearsal.
 */
export function createOpenApiDocument(
  version: string,
  more: readonly OpenApiFragment[],
): OpenApiDocument {
  const fragments = [
    sendOpenApi,
    gatewayOpenApi,
    messagesOpenApi,
    planOpenApi,
    inboundOpenApi,
    conversionsOpenApi,
    opsOpenApi,
    ...more,
  ];
  return {
    openapi: '3.1.0',
    info: { title: 'Chappe', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: Object.assign({}, ...fragments.map(({ paths }) => paths)),
    components: {
      schemas: Object.assign({}, ...fragments.map(({ components }) => components.schemas)),
      securitySchemes: {
        productToken: { type: 'apiKey', in: 'header', name: 'X-CM-PRODUCTTOKEN' },
      },
    },
  };
}
