/** What devices check AWS IoT's own certificate with. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';

// AWS IoT shows a certificate that ends at CA 1 (RSA), or at CA 3 (ECC), as the cipher suite has it; 2 and 4 are "reserved
// for future use" ("Server authentication" of the AWS IoT Core Developer Guide).
const NEEDED = ['Amazon Root CA 1', 'Amazon Root CA 3'];

/** Both, PEM: from node's own list, so that nothing has to be fetched before there is something to check it with. */
export function amazonRootCas(): string {
  return NEEDED.map((name) => {
    const pem = rootCertificates.find((one) => new X509Certificate(one).subject.split('\n').includes(`CN=${name}`));
    if (pem !== undefined) return `${pem.trim()}\n`;
    const sentence = `this Node has no ${name} among its root certificates; take it from https://www.amazontrust.com/repository/, or use another Node 24`;
    throw new AmphoraError('setting-invalid', sentence, { retry: false });
  }).join('');
}
