import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from './templates.ts';

type Answer = { readonly statusCode?: number; readonly uri?: string; readonly headers?: unknown };

/** A CloudFront function with nothing around it but the language, as CloudFront runs it. */
function edge(file: string): (uri: string) => Answer {
  const context = createContext({});
  runInContext(readFileSync(join(ROOT, 'lib', 'edge', file), 'utf8'), context);
  return (uri) => {
    const event = JSON.stringify({ version: '1.0', request: { method: 'GET', uri, headers: {}, querystring: {} } });
    const answer: Answer = JSON.parse(runInContext(`JSON.stringify(handler(${event}))`, context));
    return answer;
  };
}

describe('at the door of the page', () => {
  const page = edge('page-request.js');

  test.each([
    ['/', '/'],
    ['/index.html', '/index.html'],
    ['/docs', '/docs.html'],
    ['/docs.html', '/docs.html'],
    ['/config.json', '/config.json'],
    ['/assets/main-A1B2C3D4.js', '/assets/main-A1B2C3D4.js'],
  ])('%s is the file %s', (uri, file) => {
    expect(page(uri)).toMatchObject({ uri: file });
  });

  test('/docs/ leads to /docs, as the page’s own addresses are relative', () => {
    expect(page('/docs/')).toMatchObject({ statusCode: 308, headers: { location: { value: '/docs' } } });
  });

  test.each(['/api', '/doc', '/docs/more', '/assets/', '/.well-known/x'])('%s is not there, and says so', (uri) => {
    expect(page(uri)).toMatchObject({ statusCode: 404 });
  });
});

describe('at the door of the API', () => {
  const api = edge('api-request.js');

  test.each([
    ['/api/health', '/health'],
    ['/api/batteries/garage/telemetry', '/batteries/garage/telemetry'],
    ['/api/', '/'],
    ['/api/api/health', '/api/health'],
    ['/api/a%2Fb', '/a%2Fb'],
  ])('%s asks for %s', (uri, asked) => {
    expect(api(uri)).toMatchObject({ uri: asked });
  });
});

test.each(['page-request.js', 'api-request.js'])('%s is no longer than CloudFront takes', (file) => {
  expect(readFileSync(join(ROOT, 'lib', 'edge', file)).length).toBeLessThan(10_240);
});
