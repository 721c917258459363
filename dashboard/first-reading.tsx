/** "Your battery: nothing yet", with the lines that change that. */
import { Command } from './command.tsx';
import { type Doors, firstLines, placesNote, removalLine } from './first-lines.ts';
import { Shape } from './marks.tsx';

type Props = {
  readonly battery: string;
  readonly doors: Doors;
  /** The browser lets this page copy. */
  readonly canCopy: boolean;
  /** The line that was copied last. */
  readonly copied: string | undefined;
  readonly onCopy: (line: string) => void;
  /** Beside another battery, or in its place. */
  readonly isBeside: boolean;
};

export function FirstReading({ battery, doors, canCopy, copied, onCopy, isBeside }: Props) {
  const { terminal } = doors;
  const line = { canCopy, copied, onCopy };
  const places = placesNote(battery, doors);
  return (
    <section class="first-reading" aria-labelledby="first-reading">
      <h2 id="first-reading">
        <Shape name="none" /> {isBeside ? 'Your battery: nothing yet' : `${battery}: nothing yet`}
      </h2>
      <p>
        Send the first reading from a terminal
        {isBeside ? '; this page goes there by itself.' : '; it appears here by itself.'}
      </p>
      {terminal !== undefined && <Command {...line} door="sign in there once" line={terminal.login} />}
      {firstLines(battery, doors).map((each) => (
        <Command {...line} {...each} key={each.door} />
      ))}
      {places !== '' && <p class="note">{places}</p>}
      {isBeside && terminal !== undefined && (
        <Command {...line} door="remove the simulation" line={removalLine(doors)} />
      )}
    </section>
  );
}
