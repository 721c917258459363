/** The API's description as a page for people: plain HTML, no script, no inline style (the site's CSP allows neither). */
import type { ApiDescription, DescribedOperation } from '../lambdas/api/openapi.ts';
import type { Answer, Content, Parameter } from '../lambdas/api/operation-words.ts';
import type { Schema } from '../lambdas/api/schema-words.ts';

/** build/site/docs.html: beside index.html, so that its addresses hold at `/docs` and `/docs.html` alike. */
export function apiPage({ info, paths, components }: ApiDescription): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)} API</title>
<link rel="stylesheet" href="assets/style.css">
<link rel="stylesheet" href="docs.css">
</head>
<body>
<main class="api">
<p><a href="index.html">${escaped(info.title)}</a></p>
<h1>${escaped(info.title)} API ${escaped(info.version)}</h1>
<p>${escaped(info.description)} JSON in, JSON out. Locally the API is at the root of this address; deployed it is where <a href="config.json">config.json</a> says (<code>apiUrl</code>). For programs: <code>GET /swagger.json</code>, OpenAPI 3.1.</p>
<h2 id="sign-in">Sign-in</h2>
${Object.values(components.securitySchemes)
  .map(({ description = '' }) => `<p>${escaped(description)} A program sends it with each request:</p>`)
  .join('\n')}
<pre><code>curl -H "Authorization: Bearer $(./amphora token)" …/livedata</code></pre>
<p>Public routes take requests without one. Where nobody signs in (a local runtime without <code>--auth</code>), all routes do; with <code>--host</code> only <code>GET /health</code> does, and the others take the token of the data folder's file <code>access-token</code>.</p>
<nav aria-label="Routes"><ul>
${operations.map(({ path, method, operation }) => `<li><a href="#${operation.operationId}"><code>${method} ${escaped(path)}</code></a> ${escaped(operation.summary)}</li>`).join('\n')}
</ul></nav>
${operations.map(({ path, method, operation }) => routeSection(`${method} ${path}`, operation)).join('\n')}
<h2>Data</h2>
${Object.entries(components.schemas).map(schemaSection).join('\n')}
</main>
</body>
</html>
`;
}

function routeSection(title: string, operation: DescribedOperation): string {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  const scopes = security.flatMap((schemes) => Object.values(schemes).flat());
  const access = scopes.length === 0 ? 'Public.' : `Needs a token with the scope ${scopes.map(code).join(' or ')}.`;
  return [
    `<section id="${operationId}" aria-labelledby="${operationId}-title">`,
    `<h2 id="${operationId}-title"><code>${escaped(title)}</code></h2>`,
    `<p>${escaped(summary)}. ${access}</p>`,
    description === undefined ? '' : `<p>${escaped(description)}</p>`,
    parameters.length === 0 ? '' : table(['Parameter', 'Type', 'Range', 'Meaning'], parameters.map(parameterRow)),
    requestBody === undefined ? '' : `<h3>Body</h3>\n${content(requestBody.content)}`,
    '<h3>Answers</h3>',
    table(['Status', 'When', 'Body'], Object.entries(responses).map(answerRow)),
    ...Object.values(responses).map(({ content }) => (content === undefined ? '' : example(content))),
    '</section>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function parameterRow({ name, required = false, description, schema }: Parameter): string[] {
  return [code(name), typeName(schema), range(schema), `${escaped(description)}${required ? ' (required)' : ''}`];
}

function answerRow([status, { description, headers = {}, content }]: readonly [string, Answer]): string[] {
  const told = Object.entries(headers).map(
    ([name, header]) => `; header ${code(name)}: ${escaped(header.description)}`,
  );
  return [code(status), escaped(description) + told.join(''), content === undefined ? '' : typeName(schemaOf(content))];
}

function content(given: Content): string {
  return `<p>${typeName(schemaOf(given))}</p>\n${example(given)}`;
}

function example({ 'application/json': { example } }: Content): string {
  return example === undefined ? '' : `<pre><code>${escaped(JSON.stringify(example, null, 2))}</code></pre>`;
}

const schemaOf = (given: Content): Schema => given['application/json'].schema;

function schemaSection([name, schema]: readonly [string, Schema]): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const rows = Object.entries(properties).map(([field, property]) =>
    fieldRow(field, property, required.includes(field)),
  );
  const others =
    typeof additionalProperties === 'object'
      ? [['<i>any other field</i>', typeName(additionalProperties), '', '', '']]
      : [];
  return [
    `<section id="${anchor(name)}" aria-labelledby="${anchor(name)}-title">`,
    `<h3 id="${anchor(name)}-title">${escaped(name)}</h3>`,
    schema.description === undefined ? '' : `<p>${escaped(schema.description)}</p>`,
    table(['Field', 'Type', 'Unit', 'Range', 'Meaning'], [...rows, ...others]),
    '</section>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function fieldRow(name: string, schema: Schema, needed: boolean): string[] {
  const unit = schema['x-unit'] === undefined || schema['x-unit'] === '1' ? '' : escaped(schema['x-unit']);
  const meaning = `${escaped(schema.description ?? '')}${needed ? ' (required)' : ''}`;
  return [code(name), typeName(schema), unit, range(schema), meaning];
}

function typeName(schema: Schema): string {
  const { $ref, oneOf, anyOf, items, type, properties } = schema;
  if ($ref !== undefined) return referenceLink($ref);
  const choices = oneOf ?? anyOf;
  if (choices !== undefined) return choices.map(typeName).join(' or ');
  if (schema['const'] !== undefined) return 'always';
  if (schema.enum !== undefined) return 'one of';
  if (items !== undefined) return `list of ${typeName(items)}`;
  if (properties !== undefined) return `{ ${Object.keys(properties).map(code).join(', ')} }`;
  return escaped([type ?? 'any'].flat().join(' or '));
}

function referenceLink($ref: string): string {
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  return `<a href="#${anchor(name)}">${escaped(name)}</a>`;
}

function range(schema: Schema): string {
  const { minimum, maximum, pattern, maxItems, minItems, default: byDefault } = schema;
  const words = schema.enum ?? (schema['const'] === undefined ? [] : [schema['const']]);
  const parts = [
    words.map((word) => code(JSON.stringify(word))).join(', '),
    pattern === undefined ? '' : code(pattern),
    between(minimum, maximum),
    between(minItems, maxItems) === '' ? '' : `${between(minItems, maxItems)} entries`,
    schema.items === undefined ? '' : range(schema.items),
    byDefault === undefined ? '' : `absent: ${code(JSON.stringify(byDefault))}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function between(least: unknown, most: unknown): string {
  if (least === undefined) return most === undefined ? '' : `at most ${number(most)}`;
  return most === undefined ? `${number(least)} or more` : `${number(least)} … ${number(most)}`;
}

const number = (value: unknown): string => escaped(String(value).replace('-', '−'));

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return [
    // Focusable, so that a keyboard can scroll a table that is wider than the window.
    '<div class="scroll" tabindex="0"><table>',
    `<thead>${line('th scope="col"', heads).replaceAll('</th scope="col">', '</th>')}</thead>`,
    `<tbody>${rows.map((cells) => line('td', cells)).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

const anchor = (schema: string): string => `schema-${schema}`;

const code = (text: string): string => `<code>${escaped(text)}</code>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
