import type { Door } from '../door.ts';
import { json, problem } from '../problem.ts';
import type { OpenApiDocument } from './document.ts';

/** `GET /api/openapi.json`: the description of everything this gateway answers. */
export function createOpenApiDoor(document: OpenApiDocument): Door {
  const answer = json(200, document);
  return async (request) =>
    request.method === 'GET' ? answer : problem(405, 'Method Not Allowed', 'Use GET.');
}
