/** What a function's answer says of a batch's messages, by the rules of ReportBatchItemFailures for a queue. */

export type BatchAnswer =
  | { readonly ok: true; readonly failed: ReadonlySet<string> }
  /** The whole batch failed, for the answer is not to be trusted. */
  | { readonly ok: false; readonly reason: string };

/** No answer, `{}` and an empty list are a success; anything that is not a list of the batch's own ids fails all of it. */
export function batchAnswer(answer: unknown, messageIds: ReadonlySet<string>): BatchAnswer {
  if (answer === undefined || answer === null) return { ok: true, failed: new Set() };
  if (typeof answer !== 'object' || Array.isArray(answer)) return wrong('the answer is no object');
  const { batchItemFailures: failures }: { readonly batchItemFailures?: unknown } = answer;
  if (failures === undefined || failures === null) return { ok: true, failed: new Set() };
  if (!Array.isArray(failures)) return wrong('batchItemFailures is no list');
  const failed = new Set<string>();
  for (const failure of failures) {
    const id = identifierOf(failure);
    if (id === undefined) return wrong('a failure has no itemIdentifier');
    if (!messageIds.has(id)) return wrong(`the batch has no message '${id.slice(0, 100)}'`);
    failed.add(id);
  }
  return { ok: true, failed };
}

function identifierOf(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('itemIdentifier' in failure)) return undefined;
  const { itemIdentifier: id } = failure;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

const wrong = (what: string): BatchAnswer => ({ ok: false, reason: `the whole batch failed, as ${what}` });
