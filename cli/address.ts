/** An address as it may be shown, and why nothing answers there. */

/** Without user and password: it ends up on screens and in logs. */
export function shownAddress(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** The words of a network error, however deep they are. */
export function networkReason(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('name' in error && error.name === 'TimeoutError') return 'no answer in time';
  if ('cause' in error && error.cause !== undefined) return networkReason(error.cause);
  // `localhost` is two addresses; node puts their errors into one that has no message.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return networkReason(error.errors[0]);
  if ('message' in error && error.message !== '') return String(error.message);
  return 'code' in error ? String(error.code) : 'no answer';
}
