/**
 * Who may send as which battery: the port. A battery's device has a thing of the battery's id, and certificates attached to
 * it. Two adapters: AWS IoT's registry and the local runtime's.
 */

export type DeviceCertificate = {
  /** SHA-256 of its DER form in hexadecimal, as AWS IoT names it. */
  readonly certificateId: string;
  readonly isActive: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly policyNames: readonly string[];
  readonly publicKeyPem: string;
};

export type Device = {
  readonly battery: string;
  /** The stack that registered it; undefined: it was not made by Amphora. */
  readonly owner: string | undefined;
  /** Oldest first. */
  readonly certificates: readonly DeviceCertificate[];
};

/** What leaves the machine on which a key was made: never the key. */
export type DeviceKey = {
  /** PKCS #10, PEM. */
  readonly requestPem: string;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  /** When the key was made; undefined: just now, so that no certificate of it can be anywhere. */
  readonly madeAtMs: number | undefined;
};

export type Registration =
  | { readonly ok: true; readonly certificateId: string; readonly certificatePem: string; readonly isNew: boolean }
  /** Another stack's, or nobody's of ours. */
  | { readonly ok: false; readonly reason: 'not-ours'; readonly owner: string | undefined }
  /** Somebody switched this key's certificate off: it is not switched on again by the way. */
  | { readonly ok: false; readonly reason: 'inactive'; readonly certificateId: string };

export type Removal =
  | { readonly ok: true; readonly certificateIds: readonly string[] }
  | { readonly ok: false; readonly reason: 'not-ours'; readonly owner: string | undefined }
  | { readonly ok: false; readonly reason: 'unknown' };

/** Each operation may be cut off anywhere; the same one again completes it, and leaves nothing twice. */
export type DeviceRegistry = {
  /** The stack that it registers for. */
  readonly owner: string;
  readonly find: (battery: string) => Promise<Device | undefined>;
  /** By battery. This stack's, or those of every stack of Amphora. */
  readonly list: (which: 'own' | 'all') => Promise<readonly Device[]>;
  /**
   * Afterwards the thing is there, and an active certificate of this key with the policies is attached to it. A certificate
   * that the key already has is used again. Other certificates of the thing stay as they are.
   */
  readonly register: (device: {
    readonly battery: string;
    readonly key: DeviceKey;
    /** Whether it may use the topics of the original demo too. */
    readonly demoTopics: boolean;
  }) => Promise<Registration>;
  /** The thing with all of its certificates; with a certificate's id, only that one. */
  readonly remove: (battery: string, certificateId?: string) => Promise<Removal>;
  readonly close: () => void;
};
