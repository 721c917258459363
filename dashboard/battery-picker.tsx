/** Which battery: the platform's own menu, with the age of each one's newest reading. */
import type { Battery } from './answers.ts';
import { inOrder } from './choice.ts';
import { ageText } from './format.ts';

type Props = {
  readonly batteries: readonly Battery[];
  readonly battery: string;
  /** By the server's clock. */
  readonly serverNowMs: number | undefined;
  readonly onPick: (battery: string) => void;
};

export function BatteryPicker({ batteries, battery, serverNowMs, onPick }: Props) {
  const known = inOrder(batteries);
  return (
    <label class="picker">
      <span class="spoken">Battery</span>
      <select value={battery} onChange={(event) => onPick(event.currentTarget.value)}>
        {!known.some(({ id }) => id === battery) && <option value={battery}>{`${battery} · nothing yet`}</option>}
        {known.map(({ id, lastAtMs, isSimulated }) => (
          <option key={id} value={id}>
            {[
              id,
              ...(isSimulated ? ['SIMULATED'] : []),
              ...(serverNowMs === undefined ? [] : [ageText(Math.max(0, serverNowMs - lastAtMs))]),
            ].join(' · ')}
          </option>
        ))}
      </select>
      <span class="picked" aria-hidden="true">
        {battery}
      </span>
    </label>
  );
}
