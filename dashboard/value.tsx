/**
 * A shown value with its marks: `data-battery`, `data-field`, `data-value` (as the API gave it), `data-quality`
 * (live, late, stale, never: judged now) and `data-at` (as the API gave it; absent where there is none).
 */
import { ageText, DASH, shown, THIN_SPACE } from './format.ts';
import type { Aged } from './live-state.ts';
import { Shape } from './marks.tsx';

type Props = {
  readonly battery: string;
  readonly field: string;
  readonly aged: Aged | undefined;
  /** The arrow or the word beside it says the direction. */
  readonly isUnsigned?: boolean;
  readonly class?: string;
};

export function Value({ battery, field, aged, isUnsigned = false, class: name = '' }: Props) {
  if (aged === undefined) {
    return (
      <span class={`value ${name}`} data-battery={battery} data-field={field} data-quality="never">
        {DASH}
      </span>
    );
  }
  const value = isUnsigned && typeof aged.value === 'number' ? Math.abs(aged.value) : aged.value;
  const { number, unit } = shown(aged.field, value, aged.unit);
  return (
    <span
      class={`value ${name}`}
      data-battery={battery}
      data-field={field}
      data-value={aged.value}
      data-quality={aged.quality}
      data-at={aged.at}
    >
      {/* A new key is a new element: its background fades once. */}
      <span class="number" key={number}>
        {number}
      </span>
      {unit !== '' && <span class="unit">{`${THIN_SPACE}${unit}`}</span>}
    </span>
  );
}

/** "● live · 2 s ago"; without contact to Amphora nobody knows whether it still is, and the age alone stands. */
export function Doubt({ aged, isOld = false }: { readonly aged: Aged | undefined; readonly isOld?: boolean }) {
  const name = aged === undefined || isOld ? 'none' : aged.quality;
  return (
    <span class="doubt">
      <Shape name={name} /> {name === 'none' ? '' : `${name} · `}
      {aged === undefined ? 'no reading yet' : <span class="age">{ageText(aged.ageMs)}</span>}
    </span>
  );
}
