/** Every stack of AWS that the tests synthesize, read as `./amphora cost` reads it. */

import { parseTemplate, type StackInventory } from '../../cost/parse-template.ts';
import type { Settings } from '../../lib/settings.ts';
import { CASES, synthesizedCombinations } from '../stack/all-templates.ts';

export type Counted = { readonly settings: Settings; readonly inventory: StackInventory };

/** Those that can be deployed to AWS: of an emulator nobody asks the price. */
export async function countedStacks(): Promise<readonly Counted[]> {
  const all = await synthesizedCombinations();
  return CASES.flatMap(({ i, settings }) => {
    if (settings.stage !== 'aws' || settings.store !== 'influxdb') return [];
    const parsed = parseTemplate(all[i]?.template);
    if (!parsed.ok) throw new Error(parsed.reason);
    return [{ settings, inventory: parsed.inventory }];
  });
}
