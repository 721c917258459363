/** One line about Amphora itself: quiet while all is well; what is wrong stands out, and leads to what there is to say of it. */
import type { ComponentChildren } from 'preact';
import { Command } from './command.tsx';
import { commandLine, type Doors } from './first-lines.ts';
import { timeText } from './format.ts';
import { Shape } from './marks.tsx';
import type { QuarantineEntry, Status, StatusPart } from './status-answers.ts';
import { type StatusItem, statusItems, statusSentence } from './status-words.ts';

export type StatusView = {
  /** Undefined: Amphora does not say. */
  readonly status: Status | undefined;
  readonly openPart: StatusPart | undefined;
  /** The newest records; undefined: not asked for yet. */
  readonly quarantined: readonly QuarantineEntry[] | undefined;
  /** This Amphora runs on the machine that the page came from. */
  readonly isLocal: boolean;
  readonly doors: Doors;
  /** The browser lets this page copy. */
  readonly canCopy: boolean;
  readonly copied: string | undefined;
};

export type StatusActions = {
  /** Opens what there is to say of a part, or closes it. */
  readonly onPart: (part: StatusPart) => void;
  readonly onCopy: (line: string) => void;
};

type Props = { readonly view: StatusView; readonly actions: StatusActions };

const PANEL = 'status-panel';

export function StatusStrip({ view, actions }: Props) {
  const { status, openPart } = view;
  if (status === undefined) return null;
  const items = statusItems(status);
  // What is well again has nothing to say.
  const open = items.find(({ part, state }) => part === openPart && state !== 'well');
  return (
    <section class="status" aria-label="Amphora itself">
      <p class="spoken" role="status">
        {statusSentence(status)}
      </p>
      <ul>
        {items.map((item) => (
          <li key={item.part} data-part={item.part} data-state={item.state}>
            <Item item={item} isOpen={open === item} onPart={actions.onPart} />
          </li>
        ))}
      </ul>
      {open !== undefined && (
        <div id={PANEL} class="panel status-panel" data-part={open.part}>
          {open.state === 'unknown' ? (
            <Said title={`${sentence(open.part)}: not known`}>
              <p class="said">{sentence(status.unknown.get(open.part) ?? '')}</p>
            </Said>
          ) : (
            <Wrong part={open.part} status={status} {...{ view, actions }} />
          )}
        </div>
      )}
    </section>
  );
}

type ItemProps = { readonly item: StatusItem; readonly isOpen: boolean } & Pick<StatusActions, 'onPart'>;

function Item({ item: { part, state, words }, isOpen, onPart }: ItemProps) {
  if (state === 'well') return <>{words}</>;
  return (
    <button type="button" onClick={() => onPart(part)} aria-expanded={isOpen} aria-controls={PANEL}>
      <Shape name={state === 'wrong' ? 'warning' : 'none'} /> <span>{words}</span>
    </button>
  );
}

function Wrong({ part, status, view, actions }: Props & { readonly part: StatusPart; readonly status: Status }) {
  const line = (door: string, command: string) => (
    <Command
      door={door}
      line={commandLine(command, view.doors)}
      canCopy={view.canCopy}
      copied={view.copied}
      onCopy={actions.onCopy}
    />
  );
  switch (part) {
    case 'stored':
      return null;
    case 'waiting':
      return (
        <Said title="Waiting to be stored">
          <p>They were accepted and are kept. They are stored by themselves as soon as the database takes them.</p>
        </Said>
      );
    case 'failed':
      return (
        <Said title="In the failure queues">
          <p>
            They could not be stored when they came, and are kept. They are tried again by themselves,{' '}
            {view.isLocal ? 'every minute' : 'every 15 minutes'}, once the database answers.
          </p>
          {line('to store them now', 'redrive --apply')}
        </Said>
      );
    case 'quarantined':
      return (
        <Said title="In quarantine">
          <p>
            Of each of these something could not be stored. They are kept as they came, until they are replayed or
            deleted.
          </p>
          <Records entries={view.quarantined} nowMs={status.asOfMs} />
          {line('all of them, and how to go on', 'quarantine list')}
        </Said>
      );
    case 'database':
      return (
        <Said title="The database is away">
          <p class="said">{sentence(status.database?.reason ?? '')}</p>
          <p>What is accepted meanwhile is kept, and stored when it is back.</p>
        </Said>
      );
  }
}

function Records({
  entries,
  nowMs,
}: {
  readonly entries: readonly QuarantineEntry[] | undefined;
  readonly nowMs: number;
}) {
  if (entries === undefined) return <p class="note">Asking for the newest of them…</p>;
  return (
    <ul class="records">
      {entries.map(({ id, battery, reason, receivedAtMs }) => (
        <li key={id}>
          <span class="said">{reason}</span>
          <span class="note">
            {battery ?? 'of no battery'} · {timeText(receivedAtMs, nowMs, 'second')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Said({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <>
      <h2>{title}</h2>
      {children}
    </>
  );
}

const sentence = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
