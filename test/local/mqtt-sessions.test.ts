import { expect, test } from '@jest/globals';
import { boundSessions } from '../../local/mqtt-sessions.ts';

type Packet = { readonly topic: string; readonly payload: Uint8Array; readonly messageId?: number };

/** What aedes keeps, as far as it is bounded. */
function storeOfAedes() {
  const queued: { readonly clientId: string; readonly packet: Packet }[] = [];
  const retained = new Map<string, Packet>();
  const persistence = {
    storeRetained: async (packet: Packet) => {
      if (packet.payload.length === 0) retained.delete(packet.topic);
      else retained.set(packet.topic, packet);
    },
    outgoingEnqueueCombi: async (sessions: readonly { readonly clientId: string }[], packet: Packet) => {
      for (const { clientId } of sessions) queued.push({ clientId, packet });
    },
    outgoingClearMessageId: async (client: { readonly id: string }, packet: Packet) => {
      const index = queued.findIndex(
        (entry) => entry.clientId === client.id && entry.packet.messageId === packet.messageId,
      );
      return index < 0 ? undefined : queued.splice(index, 1)[0]?.packet;
    },
  };
  const warnings: string[] = [];
  boundSessions({ persistence }, (event) => warnings.push(event));
  return { persistence, queued, retained, warnings };
}

const MIB = 1024 * 1024;
const message = (topic: string, bytes: number, messageId?: number): Packet => ({
  topic,
  payload: new Uint8Array(bytes),
  ...(messageId === undefined ? {} : { messageId }),
});

test('all sessions together queue at most 32 MiB, and what one has taken makes room', async () => {
  const { persistence, queued, warnings } = storeOfAedes();
  const both = [{ clientId: 'a' }, { clientId: 'b' }];
  for (let id = 1; id <= 20; id += 1) await persistence.outgoingEnqueueCombi(both, message('t', MIB, id));
  expect(queued).toHaveLength(32);
  expect(warnings).toEqual(['mqtt-session-full', 'mqtt-session-full']);
  await persistence.outgoingClearMessageId({ id: 'a' }, message('', 0, 1));
  await persistence.outgoingClearMessageId({ id: 'a' }, message('', 0, 1));
  await persistence.outgoingEnqueueCombi(both, message('t', MIB, 21));
  expect(queued.filter(({ packet }) => packet.messageId === 21)).toHaveLength(1);
  expect(queued).toHaveLength(32);
});

test('a session queues at most 1000 messages, and another is not troubled by that', async () => {
  const { persistence, queued } = storeOfAedes();
  for (let id = 1; id <= 1100; id += 1)
    await persistence.outgoingEnqueueCombi([{ clientId: 'full' }], message('t', 1, id));
  await persistence.outgoingEnqueueCombi([{ clientId: 'full' }, { clientId: 'other' }], message('t', 1, 1101));
  expect(queued.filter(({ clientId }) => clientId === 'full').map(({ packet }) => packet.messageId)).toEqual(
    Array.from({ length: 1000 }, (_, index) => index + 1),
  );
  expect(queued.filter(({ clientId }) => clientId === 'other')).toHaveLength(1);
});

test('at most 1000 topics are retained; a new value for one of them still is, and an empty one makes room', async () => {
  const { persistence, retained, warnings } = storeOfAedes();
  for (let index = 0; index < 1000; index += 1) await persistence.storeRetained(message(`t/${index}`, 1));
  await persistence.storeRetained(message('t/0', 2));
  await persistence.storeRetained(message('one/more', 1));
  expect([retained.size, retained.get('t/0')?.payload.length, retained.has('one/more')]).toEqual([1000, 2, false]);
  expect(warnings).toEqual(['mqtt-message-not-retained']);
  await persistence.storeRetained(message('t/0', 0));
  await persistence.storeRetained(message('one/more', 1));
  expect([retained.size, retained.has('t/0'), retained.has('one/more')]).toEqual([1000, false, true]);
});

test('at most 16 MiB are retained, counted by what stands now', async () => {
  const { persistence, retained } = storeOfAedes();
  for (let index = 0; index < 16; index += 1) await persistence.storeRetained(message(`t/${index}`, MIB));
  await persistence.storeRetained(message('one/more', 1));
  await persistence.storeRetained(message('t/0', MIB - 1));
  expect(retained.has('one/more')).toBe(false);
  await persistence.storeRetained(message('one/more', 1));
  expect(retained.has('one/more')).toBe(true);
});

test('an aedes that keeps its sessions elsewhere is an error at start, not an unbounded store', () => {
  expect(() => boundSessions({}, () => {})).toThrow('adapt mqtt-sessions.ts');
});
