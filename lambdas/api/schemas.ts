/** What goes in and comes out, as JSON schemas. A sample's own come from reading.schema.json; the rest is said here once. */
import reading from '../telemetry/reading.schema.json' with { type: 'json' };
import { AUDIT, AUDIT_RUN } from './audit-schemas.ts';
import { FAILURE_QUEUE, FAILURES_WAITING, REDRIVEN, REDRIVEN_QUEUE } from './redrive-schemas.ts';
import { batteryId, instant, instantOrNull, kW, numbers, ref, type Schema, text, whole } from './schema-words.ts';
import { STATUS } from './status-schemas.ts';

// Taken out by name: what is left is the sample itself, without its address.
const { $schema: _dialect, $id: _address, ...sample } = reading;

function demoForm(side: 'charge' | 'discharge', timestamp?: Schema): Schema {
  return {
    type: 'object',
    required: [side],
    properties: {
      [side]: { type: 'number', minimum: 0, description: 'Power, at most 10 000 kW once converted' },
      unit: { enum: ['W', 'kW', 'MW'], default: 'kW', description: 'Unit of the number' },
      ...(timestamp === undefined ? {} : { timestamp }),
    },
  };
}

const writtenAt = text('When it was measured: ISO 8601; without an offset UTC is meant. Absent: the time of receipt');

/** An id of a record: the UTC day of receipt, what was left of that day, and a hash of the message. */
export const RECORD_ID_PATTERN = '^\\d{4}-\\d{2}-\\d{2}-\\d{8}-[0-9a-f]{20}$';

const quarantineEntry = {
  id: { type: 'string', pattern: RECORD_ID_PATTERN },
  battery: { type: ['string', 'null'], description: 'As the topic says; null where it says none' },
  reason: text('Why it could not be stored, or not wholly'),
  topic: text('Where it came'),
  clientId: { type: ['string', 'null'], description: 'Of the MQTT client; null over HTTP' },
  traceId: { type: ['string', 'null'], description: 'By which the log tells of it' },
  receivedAt: instant('When it was received'),
  quarantinedAt: instant('When it was put here first'),
  attempts: whole('How often it was tried to store it'),
  bytes: whole('Length of the original payload'),
} as const;
const inQuarantine = { ...quarantineEntry, serverMessage: text("The database's own words, where it refused") };

export const SCHEMAS = {
  Sample: sample,
  Samples: {
    type: 'object',
    required: ['samples'],
    additionalProperties: false,
    properties: {
      samples: {
        type: 'array',
        minItems: 1,
        maxItems: 500,
        items: ref('Sample'),
        description: 'Samples of one battery',
      },
    },
  },
  Charge: demoForm('charge'),
  Discharge: demoForm('discharge'),
  WriteCharge: demoForm('charge', writtenAt),
  WriteDischarge: demoForm('discharge', writtenAt),
  Message: { type: 'object', required: ['message'], properties: { message: text('A sentence') } },
  Error: { type: 'object', required: ['error'], properties: { error: text('What was wrong, and what to do') } },
  Accepted: {
    type: 'object',
    required: ['accepted', 'rejected'],
    properties: {
      accepted: whole('Samples that the broker has'),
      rejected: {
        type: 'array',
        description: 'Fields that will not be stored; the rest of their sample is',
        items: {
          type: 'object',
          required: ['sample', 'field', 'reason'],
          properties: { sample: whole('Which sample, from 0'), field: text('Which field'), reason: text('Why') },
        },
      },
    },
  },
  DemoLivedata: {
    type: 'object',
    description: 'The default battery, in the original four keys',
    required: ['charge', 'discharge', 'timestamp', 'unit'],
    additionalProperties: false,
    properties: {
      charge: kW('Newest charge power'),
      discharge: kW('Newest discharge power'),
      timestamp: instantOrNull('The newer of the two'),
      unit: { const: 'kW' },
    },
  },
  LiveValue: {
    type: 'object',
    required: ['value', 'at', 'ageMs', 'quality'],
    properties: {
      value: { type: ['number', 'string', 'null'] },
      unit: text('Unit of the value'),
      at: instantOrNull('When it was measured'),
      ageMs: { type: ['integer', 'null'], minimum: 0, 'x-unit': 'ms', description: "Age by the server's clock" },
      quality: {
        enum: ['live', 'late', 'stale', 'never'],
        description: 'live: within two periods (at least 5 s); late: within six (at least 60 s); stale: older',
      },
      derived: { const: true, description: 'Computed, not sent: voltage × current, or charge − discharge' },
    },
  },
  Livedata: {
    type: 'object',
    description: 'One battery: each field that ever had a value, and charge and discharge always',
    required: ['battery', 'serverTime', 'periodS', 'simulated', 'charge', 'discharge'],
    properties: {
      battery: batteryId,
      serverTime: instant('Now, on the server'),
      periodS: { type: 'integer', 'x-unit': 's', description: 'Time between samples' },
      simulated: { type: 'boolean', description: 'True for the battery demo only' },
    },
    additionalProperties: ref('LiveValue'),
  },
  DemoRow: {
    type: 'object',
    required: ['charge', 'discharge', 'time'],
    additionalProperties: false,
    properties: {
      charge: kW('Charge power, or null'),
      discharge: kW('Discharge power, or null'),
      time: instant('When it was measured'),
    },
  },
  WideRow: {
    type: 'object',
    description: 'One instant: each field that has a value then',
    required: ['time', 'charge', 'discharge', 'power'],
    properties: {
      time: instant('When it was measured'),
      charge: kW('Power into the battery'),
      discharge: kW('Power out of the battery'),
      power: kW(
        'Derived: + charges, − discharges. A power that was sent is stored as its side, charge or discharge, and stands there',
      ),
      received: { const: 1, description: 'The time is the one of receipt' },
      derived: {
        type: 'array',
        items: { type: 'string' },
        description: 'Fields that were not sent: voltage × current, or power of a pair',
      },
    },
    additionalProperties: { type: ['number', 'string'] },
  },
  Series: {
    type: 'object',
    description: 'For a chart: figures of each field in equal steps',
    required: ['battery', 'begin', 'end', 'stepMs', 'periodS', 'serverTime', 'nearest', 'fields'],
    properties: {
      battery: batteryId,
      begin: instant('Start of the range'),
      end: instant('End of the range'),
      stepMs: { type: 'integer', 'x-unit': 'ms', description: 'Length of a step' },
      periodS: { type: 'integer', 'x-unit': 's', description: 'Time between samples' },
      serverTime: instant('Now, on the server'),
      nearest: {
        type: 'object',
        description: "The battery's nearest samples outside of the range",
        required: ['before', 'after'],
        properties: { before: instantOrNull('The one before'), after: instantOrNull('The one after') },
      },
      fields: {
        type: 'object',
        description: 'By field name; {} when the range is empty',
        additionalProperties: ref('SeriesField'),
      },
    },
  },
  SeriesField: {
    type: 'object',
    description: 'Columns side by side, one entry for each step that has samples',
    required: ['statistics', 'at', 'min', 'max', 'mean', 'count'],
    properties: {
      unit: text('Unit of the figures'),
      derived: { const: true, description: 'Some or all samples are voltage × current' },
      statistics: {
        type: 'object',
        description: 'Over all samples of the range; the mean is over samples, not over time',
        required: ['count', 'min', 'max', 'mean'],
        properties: {
          count: whole('Samples'),
          min: { type: 'number' },
          max: { type: 'number' },
          mean: { type: 'number' },
        },
      },
      at: { type: 'array', items: { type: 'integer' }, 'x-unit': 'ms', description: 'Start of the step, since 1970' },
      min: numbers('Least value of the step'),
      max: numbers('Greatest value of the step'),
      mean: numbers('Mean of its samples'),
      count: { type: 'array', items: { type: 'integer' }, description: 'Its samples' },
    },
  },
  Battery: {
    type: 'object',
    required: ['id', 'firstAt', 'lastAt', 'simulated'],
    properties: {
      id: batteryId,
      firstAt: instant('Its first sample'),
      lastAt: instant('Its newest sample'),
      simulated: { type: 'boolean', description: 'True for the battery demo only' },
    },
  },
  Audit: AUDIT,
  AuditRun: AUDIT_RUN,
  QuarantineEntry: { type: 'object', required: Object.keys(quarantineEntry), properties: inQuarantine },
  QuarantineRecord: {
    type: 'object',
    required: [...Object.keys(quarantineEntry), 'original'],
    properties: { ...inQuarantine, original: text('The payload as it came, base64') },
  },
  Replayed: {
    type: 'object',
    required: ['id', 'outcome', 'stored', 'repeated'],
    properties: {
      id: text('Of the record'),
      outcome: { enum: ['stored', 'quarantined'], description: 'Whether all of it is stored now' },
      stored: whole('Points that are new'),
      repeated: whole('Points that were there already'),
      attempts: whole('How often it was tried, where it stays'),
      reason: text('Why it stays'),
    },
  },
  Deleted: {
    type: 'object',
    required: ['id', 'deleted'],
    properties: { id: text('Of the record'), deleted: { const: true } },
  },
  FailureQueue: FAILURE_QUEUE,
  FailuresWaiting: FAILURES_WAITING,
  Redriven: REDRIVEN,
  RedrivenQueue: REDRIVEN_QUEUE,
  Status: STATUS,
  SessionCode: {
    type: 'object',
    required: ['code', 'codeVerifier'],
    properties: {
      code: { type: 'string', pattern: '^[\\x21-\\x7e]{1,2048}$', description: 'As the sign-in page sent it back' },
      codeVerifier: {
        type: 'string',
        pattern: '^[A-Za-z0-9._~-]{43,128}$',
        description: 'What the code challenge was made from (RFC 7636)',
      },
    },
  },
  Session: {
    type: 'object',
    required: ['accessToken', 'expiresInS'],
    additionalProperties: false,
    properties: {
      accessToken: text('For Authorization: Bearer'),
      expiresInS: { type: 'integer', minimum: 1, 'x-unit': 's', description: 'How long it is good' },
    },
  },
  SessionEnd: {
    type: 'object',
    required: ['revoked'],
    additionalProperties: false,
    properties: {
      revoked: { type: 'boolean', description: 'Whether the refresh token is dead' },
      reason: text('Why it may not be'),
    },
  },
  Health: {
    type: 'object',
    required: ['status', 'version'],
    properties: {
      status: { const: 'ok' },
      version: text('Version of Amphora'),
      stored: whole('Local runtime only: points stored since the start'),
      waiting: whole('Local runtime only: messages accepted and not yet stored'),
      quarantined: whole('Local runtime only: messages that could not be stored, in quarantine with the reason'),
      collided: whole('Local runtime only: samples that fell on the point of another'),
    },
  },
} as const satisfies Readonly<Record<string, Schema>>;
