import { describe, expect, test } from '@jest/globals';
import { encode } from 'uqr';
import { accessLines } from '../../../local/access/access-lines.ts';

const FACTS = {
  beyond: { host: '0.0.0.0', reachedAs: '192.168.1.5' },
  port: 5003,
  mqttPort: 1883,
  mqttsPort: undefined,
  token: 'T'.repeat(43),
  passwordFile: "/home/ada's/broker-password",
  isTerminal: false,
};
const LINK = `http://192.168.1.5:5003/?token=${FACTS.token}`;

/** True: dark. A block is light, for most terminals are dark. */
function modulesOf(lines: readonly string[]): readonly (readonly boolean[])[] {
  return lines.flatMap((line) => [
    Array.from(line, (block) => block !== '█' && block !== '▀'),
    Array.from(line, (block) => block !== '█' && block !== '▄'),
  ]);
}

const codeLines = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => /[█▀▄]/.test(line)).map((line) => line.slice(2));

describe('the start lines beyond loopback', () => {
  const lines = accessLines(FACTS);

  test('hold the link once, alone on its line, so that it can be copied', () => {
    expect(lines.filter((line) => line.includes(FACTS.token))).toEqual([`  ${LINK}`]);
  });

  test('show the code of that very link, with a margin of light modules around it', () => {
    const code = encode(LINK, { border: 2 }).data;
    expect(modulesOf(codeLines(lines)).slice(0, code.length)).toEqual(code);
    expect(code[0]?.every((isDark) => !isDark)).toBe(true);
  });

  test('say how to read the password instead of showing it, as the shell takes it', () => {
    expect(lines.join('\n')).toContain(
      "mqtt://192.168.1.5:1883, user amphora, password: cat '/home/ada'\\''s/broker-password'",
    );
  });

  test('name the port of certificates where devices have them', () => {
    expect(accessLines({ ...FACTS, mqttsPort: 8883 }).join('\n')).toContain(
      'mqtts://192.168.1.5:8883 by a certificate',
    );
    expect(lines.join('\n')).not.toContain('mqtts');
  });

  test('say once that the network sees it all', () => {
    expect(lines.filter((line) => line.includes('at home only'))).toHaveLength(1);
  });

  test('give a terminal the colours of the code, and a file none', () => {
    const coloured = accessLines({ ...FACTS, isTerminal: true }).filter((line) => /[█▀▄]/.test(line));
    for (const line of coloured) {
      expect(line.startsWith('  \u001b[38;5;231;48;5;16m')).toBe(true);
      expect(line.endsWith('\u001b[0m')).toBe(true);
      expect(line.split('\u001b')).toHaveLength(3);
    }
    expect(lines.join('')).not.toContain('\u001b');
  });
});
