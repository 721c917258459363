/** The doors that ask who is there, where a start wants them: each with its library, which the others do without. */
import type { ListenPlace } from './access/listen-place.ts';
import type { DataFolder } from './data-folder.ts';
import type { DeviceDoor } from './device-auth/device-door.ts';
import type { LocalLog } from './local-log.ts';
import type { LocalSignIn, SignInOptions } from './sign-in/start-sign-in.ts';
import { IOT_ARN_PREFIX, type LocalTemplate } from './template.ts';

type DoorOptions = {
  /** Absent: nobody signs in. */
  readonly signIn?: SignInOptions;
  /** Absent: devices show no certificates. */
  readonly deviceAuth?: object;
  readonly folder: DataFolder;
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

// With its JWT library it is 30 ms of a start that most do without.
export async function signInOf(
  { signIn, folder, log, nowMs }: DoorOptions,
  template: LocalTemplate,
  pageUrl: () => string,
): Promise<LocalSignIn | undefined> {
  if (signIn === undefined) return undefined;
  const { startSignIn } = await import('./sign-in/start-sign-in.ts');
  return startSignIn({ ...signIn, template: template.signIn, folder, pageUrl, log, nowMs });
}

// With its X.509 library it is time and memory that most starts do without.
export async function deviceDoorOf(
  { deviceAuth, folder, log }: DoorOptions,
  { devicePolicies: policies }: LocalTemplate,
  { beyond }: ListenPlace,
): Promise<DeviceDoor | undefined> {
  if (deviceAuth === undefined) return undefined;
  const { openDeviceDoor } = await import('./device-auth/device-door.ts');
  return openDeviceDoor({ folder, policies, arnPrefix: IOT_ARN_PREFIX, beyond, log });
}

// Read when it is asked for, which is when there is a port.
export function pageConfig(
  { forPage }: LocalSignIn,
  pageUrl: () => string,
): LocalSignIn['forPage'] & { redirectUri: string } {
  return {
    ...forPage,
    get redirectUri() {
      return pageUrl();
    },
  };
}
