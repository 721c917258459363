import { describe, expect, test } from '@jest/globals';
import { openapi } from '../../lambdas/api/openapi.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { SCHEMAS } from '../../lambdas/api/schemas.ts';
import { apiPage } from '../../scripts/api-page.ts';

const description = openapi('1.2.3');
const page = apiPage(description);

describe('the page of the API', () => {
  test('shows every route with its words', () => {
    for (const { method, path, summary } of ROUTES) {
      expect(page).toContain(`<code>${method} ${path}</code>`);
      expect(page).toContain(`<p>${summary.replaceAll("'", '&#39;')}. `);
    }
  });

  test('says of every route which scope its token needs', () => {
    for (const { access } of ROUTES) {
      if (access !== 'public') expect(page).toContain(`Needs a token with the scope <code>${access}</code>.`);
    }
    expect(page.match(/Needs a token/g)?.length).toBe(ROUTES.filter(({ access }) => access !== 'public').length);
  });

  test('shows every field of a sample with its unit and range', () => {
    expect(page).toContain('<td><code>charge</code></td><td>number</td><td>kW</td><td>0 … 10000</td>');
    expect(page).toContain('<td><code>current</code></td><td>number</td><td>A</td><td>−20000 … 20000</td>');
    for (const name of Object.keys(SCHEMAS.Sample.properties)) expect(page).toContain(`<td><code>${name}</code></td>`);
  });

  test('has no script, no style of its own and nothing from another origin, as the site forbids them', () => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|https?:/);
    const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target ?? '');
    const [within, beside] = [
      links.filter((target) => target.startsWith('#')),
      links.filter((target) => !target.startsWith('#')),
    ];
    expect(within.length).toBeGreaterThan(ROUTES.length);
    // Relative: the site may lie below any path.
    expect(new Set(beside)).toEqual(new Set(['assets/style.css', 'docs.css', 'index.html', 'config.json']));
  });

  test('leads nowhere that is not there', () => {
    const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id ?? '');
    expect(targets.length).toBeGreaterThan(ROUTES.length);
    expect(targets.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
  });

  test('gives no id twice', () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.length).toBe(new Set(ids).size);
  });

  test('closes what it opens', () => {
    const open: string[] = [];
    for (const [, slash, tag] of page.replace('<!doctype html>', '').matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (tag === undefined || ['meta', 'link'].includes(tag)) continue;
      if (slash === '/') expect(open.pop()).toBe(tag);
      else open.push(tag);
    }
    expect(open).toEqual([]);
  });

  test('shows markup in a description as text', () => {
    const hostile = {
      ...description,
      info: { ...description.info, description: `<img src=x onerror="alert('1')"> & so` },
    };
    expect(apiPage(hostile)).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; so');
    expect(apiPage(hostile)).not.toContain('<img');
  });
});
