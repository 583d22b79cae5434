import { referenceCharactersMax } from '../../intake/limits.ts';
import { gatewayPaths } from '../gateway-door.ts';
import { queryTextCharactersMax } from '../get/get-door.ts';
import { guid, type OpenApiFragment, queryParameter, text, textAnswer } from './parts.ts';

/** Empty is the good answer; what stands in the others is told by docs/reference/xml.md and get.md. */
const responses = {
  200: textAnswer('Accepted when it is empty; else nothing was, and the text says why'),
  413: textAnswer('The request is too large'),
  429: textAnswer('Too many requests'),
  503: textAnswer('The gateway is busy'),
};

const query = [
  queryParameter('producttoken', 'The product token, unless the header has it', guid),
  { ...queryParameter('from', 'The sender', text), required: true },
  { ...queryParameter('to', 'One phone number', text), required: true },
  {
    ...queryParameter('body', 'The text; what is longer is cut off', {
      ...text,
      minLength: 1,
      description: `${queryTextCharactersMax} characters are sent.`,
    }),
    required: true,
  },
  queryParameter('reference', "The sender's own name of the message", {
    ...text,
    maxLength: referenceCharactersMax,
  }),
  queryParameter('appkey', 'The app, of an account with the Push channel', guid),
];

/** The XML and GET gateways (contract §5, §6). */
export const gatewayOpenApi: OpenApiFragment = {
  paths: {
    [gatewayPaths[0]]: {
      post: {
        operationId: 'sendXml',
        summary: 'Sends the messages of an XML document, all or none',
        requestBody: { required: true, content: { 'application/xml': { schema: text } } },
        responses,
      },
      get: {
        operationId: 'sendByQuery',
        summary: 'Sends one plain SMS; names of parameters count in any case',
        parameters: query,
        responses,
      },
    },
  },
  components: { schemas: {} },
};
