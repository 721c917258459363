import { describe, expect, test } from '@jest/globals';
import { subjectsOf } from '../../bench/cold/subjects.ts';
import { acceptedSizes } from '../../scripts/bundle-sizes.ts';
import { ROOT } from '../stack/templates.ts';

describe('the bench of cold starts', () => {
  test('starts every function that is deployed, the empty one and the two typical ones', async () => {
    const functions = Object.keys((await acceptedSizes(ROOT)).influxdb ?? {});
    const started = subjectsOf('/folder', 'http://127.0.0.1:1').map(({ name }) => name);
    expect(started.toSorted()).toEqual([...functions, 'empty', 'typical-ingest', 'typical-writer'].toSorted());
  });
});
