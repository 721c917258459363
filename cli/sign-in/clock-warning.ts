/** Whether this machine's clock is far from the sign-in service's: tokens are judged by the time that stands in them. */

// Certificates and tokens forgive some minutes, not more.
const MAX_STEP_MS = 5 * 60_000;

/** `issuedAtMs`: of a token that has just come. */
export function clockWarning(issuedAtMs: number | undefined, nowMs: number): string | undefined {
  if (issuedAtMs === undefined) return undefined;
  const aheadMs = nowMs - issuedAtMs;
  if (Math.abs(aheadMs) <= MAX_STEP_MS) return undefined;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  const way = aheadMs > 0 ? 'ahead of' : 'behind';
  return `this machine's clock is ${minutes} minutes ${way} the sign-in service's; set it (timedatectl set-ntp true), or what it sends is refused or stored under the wrong time`;
}
