/**
 * The devices that the local runtime knows, as AWS IoT keeps its own: things, certificates attached to them, and the names
 * of the policies attached to those. A file of the data folder that the runtime and ./amphora may have open at once.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';

/** The stack that the local runtime plays: the default of the setting `stackName`, which names the policies too. */
export const LOCAL_STACK = 'Amphora';

export type LocalCertificate = {
  /** SHA-256 of its DER form in hexadecimal, as in AWS IoT. */
  readonly certificateId: string;
  readonly isActive: boolean;
  readonly thingName: string | undefined;
  readonly policyNames: readonly string[];
};

export type StoredCertificate = LocalCertificate & { readonly certificatePem: string; readonly createdAtMs: number };

export type LocalThing = {
  readonly name: string;
  /** The stack that registered it. */
  readonly stackName: string;
  readonly createdAtMs: number;
  readonly certificates: readonly StoredCertificate[];
};

export type NewDevice = {
  readonly thingName: string;
  readonly stackName: string;
  readonly certificatePem: string;
  readonly policyNames: readonly string[];
  readonly nowMs: number;
};

export type LocalDevices = {
  readonly certificate: (certificateId: string) => LocalCertificate | undefined;
  /** Changes whenever any process changed something. */
  readonly version: () => number;
  readonly things: () => readonly LocalThing[];
  /** The thing if it is not there, the certificate if it is not there, attached and active: all of it or nothing. */
  readonly add: (device: NewDevice) => LocalCertificate;
  readonly setActive: (certificateId: string, isActive: boolean) => void;
  readonly removeCertificate: (certificateId: string) => void;
  /** With all of its certificates. */
  readonly removeThing: (thingName: string) => void;
  readonly close: () => void;
};

/** What identifies a certificate; of TLS's peer it is that of `getPeerCertificate().raw`. */
export const certificateIdOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

const BUSY_TIMEOUT_MS = 5_000;
const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS thing (name TEXT PRIMARY KEY, stack TEXT NOT NULL, created_at_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS certificate (
    id TEXT PRIMARY KEY, pem TEXT NOT NULL, is_active INTEGER NOT NULL, created_at_ms INTEGER NOT NULL,
    thing TEXT REFERENCES thing (name) ON DELETE CASCADE) STRICT;
  CREATE TABLE IF NOT EXISTS policy (
    certificate TEXT NOT NULL REFERENCES certificate (id) ON DELETE CASCADE, name TEXT NOT NULL,
    PRIMARY KEY (certificate, name)) STRICT;
  CREATE TABLE IF NOT EXISTS change (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO change VALUES (1, 0);
`;

export function openDevices(file: string): LocalDevices {
  const db = opened(file);
  const sql = {
    certificate: db.prepare('SELECT id, pem, is_active, created_at_ms, thing FROM certificate WHERE id = ?'),
    ofThing: db.prepare(
      'SELECT id, pem, is_active, created_at_ms, thing FROM certificate WHERE thing = ? ORDER BY created_at_ms, id',
    ),
    policies: db.prepare('SELECT name FROM policy WHERE certificate = ? ORDER BY name'),
    things: db.prepare('SELECT name, stack, created_at_ms FROM thing ORDER BY name'),
    addThing: db.prepare('INSERT OR IGNORE INTO thing VALUES (?, ?, ?)'),
    addCertificate: db.prepare('INSERT OR IGNORE INTO certificate VALUES (?, ?, 1, ?, ?)'),
    addPolicy: db.prepare('INSERT OR IGNORE INTO policy VALUES (?, ?)'),
    setActive: db.prepare('UPDATE certificate SET is_active = ? WHERE id = ?'),
    removeCertificate: db.prepare('DELETE FROM certificate WHERE id = ?'),
    removeThing: db.prepare('DELETE FROM thing WHERE name = ?'),
    version: db.prepare('SELECT count FROM change'),
    changed: db.prepare('UPDATE change SET count = count + 1'),
  };

  function change(work: () => void): void {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      sql.changed.run();
      db.exec('COMMIT');
    } catch (cause) {
      db.exec('ROLLBACK');
      throw cause;
    }
  }

  const stored = (row: Row): StoredCertificate => ({
    certificateId: text(row, 'id'),
    certificatePem: text(row, 'pem'),
    isActive: row['is_active'] === 1,
    createdAtMs: Number(row['created_at_ms']),
    thingName: typeof row['thing'] === 'string' ? row['thing'] : undefined,
    policyNames: sql.policies.all(text(row, 'id')).map((policy) => text(policy, 'name')),
  });

  function certificate(certificateId: string): LocalCertificate | undefined {
    const row = sql.certificate.get(certificateId);
    if (row === undefined) return undefined;
    const { isActive, thingName, policyNames } = stored(row);
    return { certificateId, isActive, thingName, policyNames };
  }

  return {
    certificate,
    version: () => Number(sql.version.get()?.['count'] ?? 0),
    things: () =>
      sql.things.all().map((row) => ({
        name: text(row, 'name'),
        stackName: text(row, 'stack'),
        createdAtMs: Number(row['created_at_ms']),
        certificates: sql.ofThing.all(text(row, 'name')).map(stored),
      })),
    add: ({ thingName, stackName, certificatePem, policyNames, nowMs }) => {
      const certificateId = certificateIdOf(new X509Certificate(certificatePem).raw);
      change(() => {
        sql.addThing.run(thingName, stackName, nowMs);
        sql.addCertificate.run(certificateId, certificatePem, nowMs, thingName);
        for (const name of policyNames) sql.addPolicy.run(certificateId, name);
      });
      return { certificateId, isActive: true, thingName, policyNames, ...certificate(certificateId) };
    },
    setActive: (certificateId, isActive) => change(() => sql.setActive.run(isActive ? 1 : 0, certificateId)),
    removeCertificate: (certificateId) => change(() => sql.removeCertificate.run(certificateId)),
    removeThing: (thingName) => change(() => sql.removeThing.run(thingName)),
    close: () => db.close(),
  };
}

type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, column: string): string => String(row[column]);

function opened(file: string): DatabaseSync {
  try {
    // Made here, so that it is nobody else's to read from its first moment on.
    closeSync(openSync(file, 'a', 0o600));
    const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    const format = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (format > FORMAT) {
      throw refused(
        `${file} was written by a newer Amphora (format ${format}; this one knows formats up to ${FORMAT}). Nothing was changed; use that one, or name another folder with --data`,
      );
    }
    if (format < FORMAT) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${FORMAT}; COMMIT`);
    return db;
  } catch (cause) {
    if (cause instanceof AmphoraError) throw cause;
    const reason = typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : '';
    throw refused(
      `the registry of devices ${file} cannot be opened (${reason}); mend that, or name another folder`,
      cause,
    );
  }
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('folder-refused', message, { retry: false, cause });
}
