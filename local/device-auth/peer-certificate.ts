/** The certificate at the other end of a TLS connection: what is wrong with it, and the names in it. */
import type { PeerCertificate, TLSSocket } from 'node:tls';

/** OpenSSL's words for a certificate that does not end at our authority. */
const FOREIGN: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** For a listener that asks for a certificate and lets the handshake end without. */
export function certificateProblem(socket: TLSSocket): string | undefined {
  if (socket.getPeerCertificate().raw === undefined) return 'it showed no certificate';
  if (socket.authorized) return undefined;
  const error: unknown = socket.authorizationError;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
  if (FOREIGN.has(code)) return 'its certificate is from another authority than the one of this data folder';
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired; ./amphora add-battery makes a new one';
  if (code === 'CERT_NOT_YET_VALID') return "its certificate is not valid yet: look at this machine's clock";
  return `its certificate is no good (${code})`;
}

/** AWS's names of the attributes of a distinguished name, by those of OpenSSL. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: 'CommonName',
  O: 'Organization',
  OU: 'OrganizationalUnit',
  C: 'Country',
  ST: 'State',
  SN: 'Surname',
  GN: 'GivenName',
  serialNumber: 'SerialNumber',
  title: 'Title',
  initials: 'Initials',
  pseudonym: 'Pseudonym',
  dnQualifier: 'DistinguishedNameQualifier',
  generationQualifier: 'GenerationQualifier',
};

/** As policy variables have them: `Subject.CommonName`. */
export function certificateNames({ subject, issuer }: PeerCertificate): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries([...namesIn('Subject', subject), ...namesIn('Issuer', issuer)]);
}

function namesIn(side: 'Subject' | 'Issuer', name: object): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(name).flatMap(([short, value]) => {
    const long = Object.hasOwn(ATTRIBUTES, short) ? ATTRIBUTES[short] : undefined;
    return long === undefined ? [] : [[`${side}.${long}`, [value].flat().map(String)] as const];
  });
}
