import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { createOpenApiDocument } from '../../src/api/openapi/document.ts';
import { sendAccepted, textTo, untilState } from './customer.ts';
import { cleanUp, type Program, startProgram } from './program.ts';

interface Content {
  readonly schema: object;
}
interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { description: string; content?: Record<string, Content> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const methods = ['get', 'post', 'patch', 'delete'] as const;

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
const number = '0031612349001';
let program: Program;
let document: Document;
let id = '';

before(async () => {
  program = await startProgram({ environment: { CHAPPE_DEMO_TOKEN: token } });
  await sendAccepted(program, [textTo(number, 'Hoi', { reference: 'described' })], token);
  ({ id } = await untilState(program, 'described', ['delivered'], token));
  const response = await fetch(`${program.url}/api/openapi.json`);
  document = JSON.parse(await response.text());
});
after(cleanUp);

function listOperations(): { path: string; method: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
}

/** A schema of the document with all that it refers to. */
function compile(schema: object): z.ZodType {
  const { schemas } = document.components;
  const text = JSON.stringify({ ...schema, $defs: schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

describe('the OpenAPI document', () => {
  test('is of this version', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.version, manifest.version);
  });

  test('each operation has a name of its own, and answers', () => {
    const names = listOperations().map(({ operation }) => operation.operationId);
    assert.ok(names.length >= 13, names.join());
    assert.equal(new Set(names).size, names.length);
    for (const { operation } of listOperations()) {
      assert.ok(Object.keys(operation.responses).length > 0, operation.operationId);
    }
  });

  test('each reference leads to a schema, and each schema is referred to', () => {
    const found = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    const referred = new Set(Array.from(found, ([, name = '']) => name));
    assert.deepEqual([...referred].toSorted(), Object.keys(document.components.schemas).toSorted());
  });

  test('handsets and callbacks are described in a rehearsal only', () => {
    const isOfStage = (path: string) => /handsets|callbacks/.test(path);
    assert.equal(Object.keys(document.paths).filter(isOfStage).length, 5);
    const { paths } = createOpenApiDocument('1', []);
    assert.deepEqual(Object.keys(paths).filter(isOfStage), []);
  });
});

describe('what is described is answered so', () => {
  const good = { messages: { msg: [textTo(number, 'Hoi')] } };
  const partly = { messages: { msg: [textTo(number, 'Hoi'), textTo('nobody', 'Hoi')] } };

  for (const [title, method, path, status, body] of [
    ['sendMessages', 'POST', '/v1.0/message', 200, good],
    ['sendMessages, some rejected', 'POST', '/v1.0/message', 200, partly],
    ['sendMessages, refused', 'POST', '/v1.0/message', 400, { messages: {} }],
    ['listMessages', 'GET', '/api/messages', 200],
    ['listMessages, refused', 'GET', '/api/messages?limit=0', 400],
    ['getMessage', 'GET', '/api/messages/{id}', 200],
    ['isAlive', 'GET', '/livez', 200],
    ['isReady', 'GET', '/readyz', 200],
    ['getMetrics', 'GET', '/metrics', 200],
    ['getOpenApi', 'GET', '/api/openapi.json', 200],
    ['listHandsets', 'GET', '/api/handsets', 200],
    ['getHandset', 'GET', '/api/handsets/{number}', 200],
    ['changeHandset', 'PATCH', '/api/handsets/{number}', 200, { on: true }],
    ['deleteHandsetMessages', 'DELETE', '/api/handsets/{number}/messages', 204],
    ['takeCallback', 'POST', '/api/callbacks', 200, {}],
    ['listCallbacks', 'GET', '/api/callbacks', 200],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      const response = await fetch(
        program.url + path.replace('{id}', id).replace('{number}', number),
        {
          method,
          headers: { 'x-cm-producttoken': token },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
      );
      assert.equal(response.status, status);
      const described = document.paths[path.split('?')[0] ?? '']?.[method.toLowerCase()];
      assert.equal(described?.operationId, title.split(',')[0]);
      const { content } =
        described?.responses[status] ?? assert.fail('the status is not described');
      const answered = await response.text();
      const [type = '', { schema } = { schema: {} }] = Object.entries(content ?? {})[0] ?? [];
      if (content !== undefined) assert.ok(response.headers.get('content-type')?.startsWith(type));
      if (type.includes('json')) compile(schema).parse(JSON.parse(answered));
    });
  }

  test('a schema refuses what is not described', () => {
    const answer = { details: '', errorCode: 0, messages: [{ to: 31 }] };
    assert.ok(!compile({ $ref: '#/components/schemas/SendAnswer' }).safeParse(answer).success);
  });

  test('requests of the specification fit the schema, and others do not', () => {
    const request = compile({ $ref: '#/components/schemas/SendRequest' });
    const suggestion = { action: 'Reply', label: 'Yes' };
    const richContent = { conversation: [{ text: 'Hoi' }], suggestions: [suggestion] };
    const [message = {}] = good.messages.msg;
    request.parse({ messages: { msg: [{ ...message, richContent }] } });
    for (const wrong of [
      { msg: [] },
      { msg: [{ ...message, to: number }] },
      { msg: [{ ...message, dcs: 7 }] },
      { msg: [{ ...message, richContent: { conversation: [] } }] },
    ]) {
      assert.ok(!request.safeParse({ messages: wrong }).success, JSON.stringify(wrong));
    }
  });
});
