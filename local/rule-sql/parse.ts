/**
 * The SQL of the stack's own topic rules: a SELECT list of aliased functions and a FROM filter, nothing else.
 * Whatever else AWS IoT SQL can do is refused here by name: a rule that locally were silently Undefined, and on AWS not,
 * would make the local run a different stack.
 */
import { filterProblem } from '../topic-filter.ts';
import { type Token, tokens } from './tokens.ts';

export type Expression =
  | { readonly kind: 'payload-base64' }
  | { readonly kind: 'topic' }
  | { readonly kind: 'topic-level'; readonly level: number }
  | { readonly kind: 'client-id' }
  | { readonly kind: 'principal' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'trace-id' };

export type Column = { readonly alias: string; readonly expression: Expression };
export type Rule = { readonly filter: string; readonly columns: readonly Column[] };

type Refusal = { readonly ok: false; readonly reason: string };
type Parsed<T> = { readonly ok: true; readonly value: T } | Refusal;
type Cursor = { readonly peek: () => Token; readonly take: () => Token };

const SQL_VERSION = '2016-03-23';
const KNOWN = "encode(*, 'base64'), topic(), topic(n), clientid(), principal(), timestamp() and traceid()";
const RESERVED = /^(select|from|as|where|set|value|case|when|then|else|end|and|or|not|in)$/i;

export function parseRule(
  sql: string,
  options: { readonly awsIotSqlVersion: string | undefined },
): { readonly ok: true; readonly rule: Rule } | Refusal {
  if (options.awsIotSqlVersion !== SQL_VERSION) {
    const given = options.awsIotSqlVersion ?? 'not set, which on AWS means 2015-10-08';
    return refuse(`awsIotSqlVersion is ${given}: only ${SQL_VERSION} is supported, set it on the rule`);
  }
  const cursor = cursorOver(tokens(sql));
  const columns = parseColumns(cursor);
  if (!columns.ok) return columns;
  const filter = parseSource(cursor);
  if (!filter.ok) return filter;
  return { ok: true, rule: { filter: filter.value, columns: columns.value } };
}

function parseColumns(cursor: Cursor): Parsed<readonly Column[]> {
  const start = cursor.take();
  if (!isWord(start, 'SELECT')) return refuse(`${name(start)}: a rule begins with SELECT`);
  const columns: Column[] = [];
  do {
    const column = parseColumn(cursor);
    if (!column.ok) return column;
    const { alias, at } = column.value;
    if (columns.some((other) => other.alias === alias)) {
      return refuse(`the alias "${alias}" at position ${at} is used twice`);
    }
    columns.push({ alias, expression: column.value.expression });
  } while (takeSign(cursor, ','));
  return { ok: true, value: columns };
}

function parseColumn(cursor: Cursor): Parsed<Column & { readonly at: number }> {
  const start = cursor.peek();
  const expression = parseExpression(cursor);
  if (!expression.ok) return expression;
  if (!isWord(cursor.peek(), 'AS')) {
    return refuse(`${name(start)} has no alias: expected AS and a name before ${name(cursor.peek())}`);
  }
  cursor.take();
  const alias = cursor.take();
  if (alias.kind !== 'word' || RESERVED.test(alias.text)) return refuse(`${name(alias)} is no name for an alias`);
  if (isWord(cursor.peek(), 'AS')) return refuse(`${name(cursor.peek())}: "${alias.text}" is the alias already`);
  return { ok: true, value: { alias: alias.text, expression: expression.value, at: alias.at } };
}

function parseExpression(cursor: Cursor): Parsed<Expression> {
  const start = cursor.take();
  if (start.kind === 'sign' && start.text === '*') {
    return refuse(`${name(start)} is supported only as encode(*, 'base64')`);
  }
  if (start.kind !== 'word' || !takeSign(cursor, '('))
    return refuse(`${name(start)} is not supported: known are ${KNOWN}`);
  const taken = takeArguments(cursor);
  return taken.ok ? callOf(start, taken.value) : taken;
}

function takeArguments(cursor: Cursor): Parsed<readonly Token[]> {
  const found: Token[] = [];
  if (takeSign(cursor, ')')) return { ok: true, value: found };
  for (;;) {
    const argument = cursor.take();
    const isValue = argument.kind === 'string' || argument.kind === 'number' || argument.text === '*';
    if (!isValue) return refuse(`${name(argument)} is not supported as an argument`);
    found.push(argument);
    const next = cursor.take();
    if (next.kind === 'sign' && next.text === ')') return { ok: true, value: found };
    if (next.kind !== 'sign' || next.text !== ',') return refuse(`${name(next)}: expected , or )`);
  }
}

function callOf(call: Token, given: readonly Token[]): Parsed<Expression> {
  switch (call.text) {
    case 'encode':
      return encodeOf(call, given);
    case 'topic':
      return topicOf(call, given);
    case 'clientid':
      return plain(call, given, { kind: 'client-id' });
    case 'principal':
      return plain(call, given, { kind: 'principal' });
    case 'timestamp':
      return plain(call, given, { kind: 'timestamp' });
    case 'traceid':
      return plain(call, given, { kind: 'trace-id' });
    default:
      return refuse(`the function ${name(call)} is not supported: known are ${KNOWN}`);
  }
}

function plain(call: Token, given: readonly Token[], expression: Expression): Parsed<Expression> {
  if (given.length > 0) return refuse(`${name(call)} takes no arguments, ${given.length} given`);
  return { ok: true, value: expression };
}

function encodeOf(call: Token, given: readonly Token[]): Parsed<Expression> {
  const [what, encoding] = given;
  if (what === undefined || encoding === undefined || given.length > 2) {
    return refuse(`${name(call)} takes two arguments, ${given.length} given: write encode(*, 'base64')`);
  }
  if (what.text !== '*' || what.kind !== 'sign') return refuse(`${name(what)} cannot be encoded: only * can`);
  if (encoding.kind !== 'string' || encoding.text !== 'base64') {
    return refuse(`${name(encoding)} is not a supported encoding: only 'base64' is`);
  }
  return { ok: true, value: { kind: 'payload-base64' } };
}

function topicOf(call: Token, given: readonly Token[]): Parsed<Expression> {
  const [level] = given;
  if (level === undefined) return { ok: true, value: { kind: 'topic' } };
  if (given.length > 1) return refuse(`${name(call)} takes at most one argument, ${given.length} given`);
  const number = Number(level.text);
  if (level.kind !== 'number' || !Number.isSafeInteger(number) || number < 1) {
    return refuse(`${name(level)} is no topic level: levels are counted from 1`);
  }
  return { ok: true, value: { kind: 'topic-level', level: number } };
}

function parseSource(cursor: Cursor): Parsed<string> {
  const from = cursor.take();
  if (!isWord(from, 'FROM')) return refuse(`${name(from)}: expected , or FROM`);
  const filter = cursor.take();
  if (filter.kind !== 'string') return refuse(`${name(filter)}: FROM needs a topic filter in single quotes`);
  const problem = filterProblem(filter.text);
  if (problem !== undefined) return refuse(`the topic filter at position ${filter.at}: ${problem}`);
  const rest = cursor.take();
  if (rest.kind !== 'end') return refuse(`${name(rest)} is not supported: a rule ends after its FROM filter`);
  return { ok: true, value: filter.text };
}

function cursorOver(all: readonly Token[]): Cursor {
  let index = 0;
  // Nothing is taken past the last token: no caller goes on after it.
  const peek = (): Token => all[Math.min(index, all.length - 1)] ?? { kind: 'end', text: '', at: 1 };
  return {
    peek,
    take: () => {
      const token = peek();
      index += 1;
      return token;
    },
  };
}

function takeSign(cursor: Cursor, sign: string): boolean {
  const token = cursor.peek();
  if (token.kind !== 'sign' || token.text !== sign) return false;
  cursor.take();
  return true;
}

const isWord = (token: Token, word: string): boolean => token.kind === 'word' && token.text.toUpperCase() === word;

function name(token: Token): string {
  const text = token.kind === 'end' || token.kind === 'unreadable' ? token.text : `"${token.text}"`;
  return `${text} at position ${token.at}`;
}

const refuse = (reason: string): Refusal => ({ ok: false, reason });
