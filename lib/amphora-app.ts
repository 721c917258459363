/** The CDK app of some settings, not yet synthesized, or the sentence that says why there is none. */
import { App } from 'aws-cdk-lib';
import { acknowledgeFindings } from './acknowledged-findings.ts';
import { AmphoraStack } from './amphora-stack.ts';
import { siteFolder, siteProblem } from './built-site.ts';
import { bundleProblem } from './bundles.ts';
import type { Context } from './context-reader.ts';
import { readSettings } from './settings.ts';
import { siteFiles } from './site-files.ts';

export type AppSource = {
  /** The repository's root. */
  readonly root: string;
  /** What `cdk` hands over itself goes before it. */
  readonly context: Context;
  /** Default: where `cdk` says. */
  readonly outdir?: string;
  /** Whether findings of cdk-nag that stay are marked as such. Default true. */
  readonly acknowledges?: boolean;
};

export type AppResult = { readonly ok: true; readonly app: App } | { readonly ok: false; readonly reason: string };

export async function amphoraApp({ root, context, outdir, acknowledges = true }: AppSource): Promise<AppResult> {
  const app = new App({
    context: { ...context },
    autoSynth: false,
    analyticsReporting: false,
    treeMetadata: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
  const read = readSettings(app.node.getAllContext());
  if (!read.ok) return read;
  const { settings } = read;
  const reason = bundleProblem(root, settings.store) ?? siteProblem(root);
  if (reason !== undefined) return { ok: false, reason };
  const folder = siteFolder(root);
  const stack = new AmphoraStack(app, { settings, root, built: { folder, files: await siteFiles(folder) } });
  if (acknowledges) acknowledgeFindings(stack, settings.topicRoot);
  return { ok: true, app };
}
