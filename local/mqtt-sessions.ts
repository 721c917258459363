/**
 * aedes keeps retained messages and the queues of persistent sessions in memory, without any bound: a client that
 * subscribed once with QoS 1 and never came back would collect every message until the process ends. This puts bounds on
 * its store, from outside.
 */

const MAX_QUEUED_MESSAGES = 1000;
/** Of all sessions together. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const MAX_RETAINED_TOPICS = 1000;
const MAX_RETAINED_BYTES = 16 * 1024 * 1024;

type Packet = { readonly topic: string; readonly payload: { readonly length: number }; readonly messageId?: number };
type Session = { readonly clientId: string };

/** The part of aedes' in-memory store that is changed here. */
type Store = {
  readonly storeRetained: (packet: Packet) => Promise<void>;
  readonly outgoingEnqueueCombi: (sessions: readonly Session[], packet: Packet) => Promise<void>;
  readonly outgoingClearMessageId: (client: { readonly id: string }, packet: Packet) => Promise<Packet | undefined>;
};

type Warn = (event: string, fields: Record<string, unknown>) => void;

/** `broker` is an aedes that listens; its types do not show the store. */
export function boundSessions(broker: object, warn: Warn): void {
  const store: unknown = Reflect.get(broker, 'persistence');
  if (!isStore(store)) throw new Error('this version of aedes keeps its sessions elsewhere: adapt mqtt-sessions.ts');
  Object.assign(store, boundQueues(store, warn), boundRetained(store, warn));
}

function boundQueues(store: Store, warn: Warn): Pick<Store, 'outgoingEnqueueCombi' | 'outgoingClearMessageId'> {
  const enqueue = store.outgoingEnqueueCombi.bind(store);
  const clear = store.outgoingClearMessageId.bind(store);
  const queuedByClientId = new Map<string, number>();
  const fullClientIds = new Set<string>();
  const nothingToDo = Promise.resolve();
  let queuedBytes = 0;

  function hasRoom({ clientId }: Session, packet: Packet): boolean {
    const queued = queuedByClientId.get(clientId) ?? 0;
    if (queued < MAX_QUEUED_MESSAGES && queuedBytes + packet.payload.length <= MAX_QUEUED_BYTES) {
      queuedByClientId.set(clientId, queued + 1);
      queuedBytes += packet.payload.length;
      return true;
    }
    // Once per session until it has taken something: the next thousand drops tell nothing new.
    if (!fullClientIds.has(clientId)) warn('mqtt-session-full', { clientId, queued, queuedBytes });
    fullClientIds.add(clientId);
    return false;
  }

  return {
    // Of every message; nearly always nobody wants it later.
    outgoingEnqueueCombi: (sessions, packet) =>
      sessions.length === 0
        ? nothingToDo
        : enqueue(
            sessions.filter((session) => hasRoom(session, packet)),
            packet,
          ),
    outgoingClearMessageId: async (client, packet) => {
      const cleared = await clear(client, packet);
      if (cleared === undefined) return undefined;
      queuedBytes -= cleared.payload.length;
      fullClientIds.delete(client.id);
      const left = (queuedByClientId.get(client.id) ?? 1) - 1;
      if (left > 0) queuedByClientId.set(client.id, left);
      else queuedByClientId.delete(client.id);
      return cleared;
    },
  };
}

function boundRetained(store: Store, warn: Warn): Pick<Store, 'storeRetained'> {
  const retain = store.storeRetained.bind(store);
  const bytesByTopic = new Map<string, number>();
  let retainedBytes = 0;

  return {
    storeRetained: async (packet) => {
      const before = bytesByTopic.get(packet.topic);
      const bytes = packet.payload.length;
      const bytesAfter = retainedBytes - (before ?? 0) + bytes;
      const isNewTopic = before === undefined && bytes > 0;
      if (bytesAfter > MAX_RETAINED_BYTES || (isNewTopic && bytesByTopic.size >= MAX_RETAINED_TOPICS)) {
        // The message still goes to its subscribers; only later ones do not find it.
        warn('mqtt-message-not-retained', { topic: packet.topic, retained: bytesByTopic.size, retainedBytes });
        return;
      }
      retainedBytes = bytesAfter;
      if (bytes === 0) bytesByTopic.delete(packet.topic);
      else bytesByTopic.set(packet.topic, bytes);
      await retain(packet);
    },
  };
}

function isStore(value: unknown): value is Store {
  const methods = ['storeRetained', 'outgoingEnqueueCombi', 'outgoingClearMessageId'];
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
