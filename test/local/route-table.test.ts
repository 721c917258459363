import { describe, expect, test } from '@jest/globals';
import { routeTable } from '../../local/route-table.ts';

const route = (routeKey: string) => ({ routeKey, functionId: routeKey, authorization: 'NONE' });

const find = routeTable(
  [
    '$default',
    'GET /batteries/{id}',
    'POST /batteries/{id}/telemetry',
    'GET /batteries/demo',
    'ANY /any',
    'GET /{a}/{b}/{c}',
  ].map(route),
);

/** The route that is taken, with its parameters. */
const taken = (method: string, path: string): string => {
  const found = find(method, path);
  return `${found?.matched.routeKey} ${JSON.stringify(found?.matched.params)}`;
};

describe('route table', () => {
  test.each([
    ['POST', '/batteries/b2/telemetry', 'POST /batteries/{id}/telemetry {"id":"b2"}'],
    ['GET', '/batteries/b2', 'GET /batteries/{id} {"id":"b2"}'],
    // The fixed one before the one with a parameter, though it stands behind it.
    ['GET', '/batteries/demo', 'GET /batteries/demo {}'],
    ['GET', '/batteries/b2/telemetry', 'GET /{a}/{b}/{c} {"a":"batteries","b":"b2","c":"telemetry"}'],
    ['GET', '/any', 'ANY /any {}'],
    ['DELETE', '/any', 'ANY /any {}'],
    ['GET', '/batteries/a b', 'GET /batteries/{id} {"id":"a b"}'],
    ['GET', '/batteries/__proto__', 'GET /batteries/{id} {"id":"__proto__"}'],
    ['GET', '/batteries/', '$default {}'],
    ['GET', '/batteries', '$default {}'],
    ['GET', '/batteries/b2/', '$default {}'],
    ['GET', '//any', '$default {}'],
    ['get', '/batteries/b2', '$default {}'],
    ['GET', '/Batteries/b2', '$default {}'],
    ['HEAD', '/batteries/b2', '$default {}'],
    ['GET', '', '$default {}'],
    ['GET', '$default', '$default {}'],
  ])('%s %s takes %s', (method, path, wanted) => {
    expect(taken(method, path)).toBe(wanted);
  });

  test('the found route is that of the template, with its function', () => {
    expect(find('GET', '/any')?.route).toEqual(route('ANY /any'));
    expect(find('GET', '/nowhere')?.route).toEqual(route('$default'));
  });

  test('a template without a $default has no answer for an unknown path', () => {
    expect(routeTable([route('GET /a')])('GET', '/b')).toBeUndefined();
  });
});
