/** A line for a terminal, with a button that copies it. */
type Props = {
  /** What it is for. */
  readonly door: string;
  readonly line: string;
  /** The browser lets this page copy. */
  readonly canCopy: boolean;
  /** The line that was copied last. */
  readonly copied: string | undefined;
  readonly onCopy: (line: string) => void;
};

export function Command({ door, line, canCopy, copied, onCopy }: Props) {
  return (
    <div class="first-line">
      <span class="door">{door}</span>
      <code>{line}</code>
      {canCopy && (
        <button type="button" onClick={() => onCopy(line)} aria-label={`Copy the ${door} line`}>
          {copied === line ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}
