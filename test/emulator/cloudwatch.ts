/** What CloudWatch and SNS of the emulator are asked by their query protocol; the SDK's clients of these two are not installed. */
import { REGION } from '../../scripts/emulator/cdklocal.ts';

const VERSIONS = { monitoring: '2010-08-01', sns: '2010-03-31' } as const;

/** The answer's XML. */
export async function ask(
  endpoint: string,
  service: keyof typeof VERSIONS,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    // By the scope of the signature, which it does not check, the emulator knows which service is meant.
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request` },
    body: new URLSearchParams({ Version: VERSIONS[service], ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text}`);
  return text;
}

/** The texts of all members of this name. */
export function members(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => unescaped(text));
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
