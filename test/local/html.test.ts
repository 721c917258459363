import { expect, test } from '@jest/globals';
import { escaped } from '../../local/html.ts';

test('text in HTML ends neither its tag nor its attribute, and starts no entity', () => {
  expect(escaped(`a&lt; <b c="d" e='f'>`)).toBe('a&amp;lt; &lt;b c=&quot;d&quot; e=&#39;f&#39;&gt;');
  expect(escaped('plain: ä € /?x=1')).toBe('plain: ä € /?x=1');
});
