/** What `npm run deploy` and `npm run destroy` are told: settings as `cdk -c` takes them, and where the account is. */
import cdkJson from '../../cdk.json' with { type: 'json' };
import { readSettings, SETTING_KEYS, type Settings } from '../../lib/settings.ts';
import { refused } from '../refused.ts';

export const AWS_OPTIONS = {
  context: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
  profile: { type: 'string' },
  region: { type: 'string' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

// CDK's own, as in @aws-cdk/core:stackRelativeExports.
const CDK_KEY = /[@:/]/;

export type GivenSettings = {
  readonly settings: Settings;
  /** As typed, for `cdk` and for the lines that are to be typed next. */
  readonly words: readonly string[];
};

/** The settings of cdk.json and of the flags, judged as the app judges them, before anything else is done. */
export function settingsOf(given: readonly string[]): GivenSettings {
  const typed = given.map((text): readonly [string, string] => {
    const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined)
      throw refused(`-c is '${text}', but must be a setting: -c key=value, as in -c topicRoot=boats`);
    return [key, value];
  });
  const read = readSettings({ ...cdkJson.context, ...Object.fromEntries(typed) });
  if (!read.ok) throw refused(read.reason);
  const unknown = typed.find(([key]) => !SETTING_KEYS.includes(key) && !CDK_KEY.test(key));
  if (unknown !== undefined)
    throw refused(`there is no setting '${unknown[0]}'; docs/settings.md lists them, nothing was touched`);
  return { settings: read.settings, words: given.flatMap((text) => ['-c', text]) };
}

/** From here on every client, and `cdk`, takes the credentials of this profile. */
export function useProfile(profile: string | undefined): void {
  if (profile === undefined) return;
  process.env['AWS_PROFILE'] = profile;
  // They would go before the profile.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
}
