/** GET /swagger.json, and every request that no route takes: 404, or 405 with `Allow`. */

import { openapi } from './api/openapi.ts';
import { methodsOf } from './api/routes.ts';
import { VERSION } from './api/version.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json } from './aws/http.ts';

function fallback({ method, path }: HttpRequest): HttpAnswer {
  const allowed = methodsOf(path);
  if (method === 'GET' && path === '/swagger.json') return json(200, openapi(VERSION));
  if (allowed.length === 0)
    return json(404, { message: `there is nothing at ${path.slice(0, 128)}; GET /swagger.json lists the routes` });
  return json(
    405,
    { message: `${method} is not for ${path}; use ${allowed.join(' or ')}` },
    { allow: allowed.join(', ') },
  );
}

export const handler = httpHandler(fallback);
