import { expect, test } from '@jest/globals';
import { openMqttDoor } from '../../cli/mqtt-door.ts';
import { testBroker } from './test-broker.ts';

test('a sample that was handed in while an older one was sent again, when the connection is lost once more, is sent as well', async () => {
  const broker = await testBroker();
  const options = { battery: 'boat', patienceMs: 10_000, onNote: () => {}, nowMs: Date.now, newId: () => 'one' };
  const opened = await openMqttDoor({ url: broker.url, topicRoot: 'battery' }, options);
  if (!opened.ok) throw new Error('the door did not open');
  const { door } = opened;
  try {
    broker.withhold();
    const older = door.send(['{"soc":1}']);
    await broker.received(1);
    await broker.goAway();
    await broker.comeBack({ isWithholding: true });
    await broker.received(2);
    const newer = door.send(['{"soc":2}']);
    await broker.goAway();
    await broker.comeBack();
    const answered = { kind: 'answered', accepted: 1, refusals: [] };
    expect(await Promise.all([older, newer])).toEqual([answered, answered]);
    expect(new Set(broker.messages.map(({ text }) => text))).toEqual(new Set(['{"soc":1}', '{"soc":2}']));
  } finally {
    await door.close();
    await broker.close();
  }
}, 30_000);
