/** Where a stack's HTTP API answers from this machine. */

/**
 * The output ApiUrl, without a slash at its end. An emulator gives out a name that no resolver knows, and answers at its own
 * address instead.
 */
export function apiAddress(apiUrl: string, endpoint: string | undefined = process.env['AWS_ENDPOINT_URL']): string {
  const id = /^https?:\/\/([a-z0-9]+)\.execute-api\./.exec(apiUrl)?.[1];
  if (endpoint === undefined || endpoint === '' || id === undefined) return apiUrl.replace(/\/+$/, '');
  return `${endpoint.replace(/\/+$/, '')}/_aws/execute-api/${id}/$default`;
}
