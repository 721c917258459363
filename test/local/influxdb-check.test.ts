import type { RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { checkInfluxdb } from '../../local/influxdb-check.ts';
import * as peers from './peers.ts';
import { withServer } from './raw-http.ts';

/** For who is silent; who answers gets the time of a busy machine. */
const PATIENCE_MS = 400;
const LONG_MS = 4_000;

async function found(url: string, patienceMs = PATIENCE_MS) {
  const place = { url, org: 'ENI', bucket: 'battery1', token: 'secret' };
  return checkInfluxdb(place, { nowMs: Date.now, patienceMs });
}

const foundAt = (listener: RequestListener) =>
  withServer(listener, async (port) => found(`http://127.0.0.1:${port}`, LONG_MS));

describe('an address where no InfluxDB 2 answers', () => {
  test.each([
    ['InfluxDB 1.8', peers.influxdb18, 'is InfluxDB 1.8.10, and Amphora needs 2.x'],
    ['InfluxDB 1.8 that wants a password', peers.influxdb18Locked, 'is InfluxDB 1.8.10, and Amphora needs 2.x'],
    ['InfluxDB 3', peers.influxdb3, 'wants a token for GET /ping, as InfluxDB 3 does and 2.x does not'],
    ['InfluxDB 3 without tokens', peers.influxdb3Open, 'is InfluxDB 3.10.0, and Amphora needs 2.x'],
    ['InfluxDB Cloud', peers.answering(204, { 'X-Influxdb-Build': 'Cloud' }), 'is InfluxDB Cloud'],
    ['another path of an InfluxDB 2', peers.wrongPath, 'is InfluxDB 2.7.12, but not below this path'],
    ['a web server', peers.webServer, 'is not InfluxDB (GET /ping has status 404 from nginx/1.26.0)'],
    ['a page for everything', peers.answering(200, {}, '<html>'), 'is not InfluxDB (GET /ping has status 200)'],
    ['a redirection', peers.answering(302, { Location: '/login' }), 'is not InfluxDB (GET /ping has status 302)'],
    [
      'a server that wants TLS',
      peers.answering(400, {}, 'Client sent an HTTP request to an HTTPS server.'),
      'is a server that wants TLS',
    ],
  ])('%s is one problem, with what to do', async (_name, listener, words) => {
    const findings = await foundAt(listener);
    expect(findings).toStrictEqual([
      {
        subject: 'InfluxDB',
        level: 'problem',
        sentence: expect.stringContaining(words),
        next: expect.stringContaining('--influx-url'),
      },
    ]);
  });

  test('a port that nobody listens on is told from a name that nobody has', async () => {
    const port = await peers.freePort();
    expect(await found(`http://127.0.0.1:${port}`)).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('nothing listens there, ECONNREFUSED') },
    ]);
    expect(await found('http://no-such-machine.invalid:8086')).toMatchObject([
      { level: 'problem', sentence: expect.stringMatching(/there is no such name|no word within/) },
    ]);
  });

  test('a server that takes the connection and never answers is given up', async () => {
    const startMs = Date.now();
    const findings = await peers.withTcp(
      () => undefined,
      (port) => found(`http://127.0.0.1:${port}`),
    );
    expect(findings).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('connected, and no word within 0.4 s') },
    ]);
    expect(Date.now() - startMs).toBeLessThan(10 * PATIENCE_MS);
  });

  test('so is one that answers a byte now and then', async () => {
    const findings = await peers.withTcp(
      (socket) => {
        socket.write('HTTP/1.1 204 No Content\r\n');
        const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), PATIENCE_MS / 8);
        socket.on('close', () => clearInterval(drip));
      },
      (port) => found(`http://127.0.0.1:${port}`),
    );
    expect(findings).toMatchObject([{ sentence: expect.stringContaining('no word within') }]);
  });

  test('a server that speaks no HTTP is named as that', async () => {
    const findings = await peers.withTcp(
      (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
      (port) => found(`http://127.0.0.1:${port}`, LONG_MS),
    );
    expect(findings).toMatchObject([{ sentence: expect.stringContaining('does not speak HTTP') }]);
  });

  test('https where no TLS is spoken names the address with http', async () => {
    const findings = await withServer(peers.influxdb18, async (port) => found(`https://127.0.0.1:${port}`));
    expect(findings).toMatchObject([
      {
        sentence: expect.stringContaining('does not speak TLS'),
        next: expect.stringContaining('--influx-url http://127.0.0.1:'),
      },
    ]);
  });

  test('a certificate that nobody signed says how to trust its issuer', async () => {
    const findings = await peers.withTls(peers.influxdb18, async (port) => found(`https://127.0.0.1:${port}`));
    expect(findings).toMatchObject([
      {
        sentence: expect.stringContaining('its certificate is not one to trust'),
        next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      },
    ]);
  });
});

describe('an InfluxDB 2', () => {
  const PING = { 'X-Influxdb-Build': 'OSS', 'X-Influxdb-Version': 'v2.7.12' };

  test('that pings, and then answers no question, is given up too', async () => {
    const listener: RequestListener = (request, response) => {
      if (request.url === '/ping') response.writeHead(204, PING).end();
    };
    const startMs = Date.now();
    expect(await withServer(listener, async (port) => found(`http://127.0.0.1:${port}`))).toMatchObject([
      { subject: 'InfluxDB', level: 'ok', sentence: expect.stringContaining('version 2.7.12') },
      { subject: 'InfluxDB', level: 'problem', sentence: expect.stringMatching(/did not answer within 0.4 s/) },
      { subject: 'clock', level: 'ok' },
    ]);
    expect(Date.now() - startMs).toBeLessThan(10 * PATIENCE_MS);
  });

  test('that answers 500 to all but /ping is told in its own words', async () => {
    const listener: RequestListener = (request, response) => {
      if (request.url === '/ping') response.writeHead(204, PING).end();
      else
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"message":"an internal error has occurred"}');
    };
    expect(await foundAt(listener)).toMatchObject([
      { level: 'ok' },
      { level: 'problem', sentence: expect.stringContaining('an internal error has occurred') },
      { level: 'ok' },
    ]);
  });

  test('whose clock is off is a warning from 5 s on, and a problem from 5 min on', async () => {
    const clockOff = async (ms: number) => {
      const date = new Date(Date.now() + ms).toUTCString();
      const findings = await foundAt((request, response) => {
        response.writeHead(request.url === '/ping' ? 204 : 404, { ...PING, Date: date }).end();
      });
      return findings.find(({ subject }) => subject === 'clock')?.level;
    };
    expect(await clockOff(0)).toBe('ok');
    expect(await clockOff(-20_000)).toBe('warning');
    expect(await clockOff(20_000)).toBe('warning');
    expect(await clockOff(-10 * 60_000)).toBe('problem');
    expect(await clockOff(10 * 60_000)).toBe('problem');
  });
});
