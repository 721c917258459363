/** GET /health: public, says that the API answers and which version it is. */

import { VERSION } from './api/version.ts';
import { httpHandler, json } from './aws/http.ts';

export const handler = httpHandler(() => json(200, { status: 'ok', version: VERSION }));
