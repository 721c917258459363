/** What the battery does now: the first thing on the page, and how far it can be believed. */
import type { ComponentChildren } from 'preact';
import { ageText, clockText, durationText, inOrder, labelOf } from './format.ts';
import { type Aged, type Contact, contactSentence, type Doing, type LiveState, type TopState } from './live-state.ts';
import { Arrow, Shape, Simulated, shapeOf } from './marks.tsx';
import { Doubt, Value } from './value.tsx';

type Props = {
  readonly battery: string;
  readonly top: TopState;
  readonly state: LiveState | undefined;
  readonly contact: Contact;
  /** Of this page's own clock. */
  readonly nowMs: number;
  readonly isOld: boolean;
  readonly canRemove: boolean;
  readonly onTryNow: () => void;
  readonly onRemove: () => void;
  readonly onHome: () => void;
  /** What stands here while there is no reading. */
  readonly firstReading: ComponentChildren;
};

const WORDS: Readonly<Record<Doing, string>> = {
  charging: 'Charging',
  discharging: 'Discharging',
  idle: 'Idle',
  unknown: 'Power unknown',
};

export function LivePanel(props: Props) {
  const { battery, top, state, isOld, canRemove, onRemove, firstReading } = props;
  const isSimulated = state?.isSimulated === true;
  return (
    <section
      class={`live panel${isOld ? ' is-old' : ''}`}
      aria-label="Now"
      data-battery={battery}
      data-state={top}
      data-doing={state?.doing ?? 'unknown'}
      data-simulated={isSimulated}
    >
      {isSimulated && (
        <p class="simulated">
          <Simulated /> <span class="note">not your battery</span>
          {canRemove && (
            <button type="button" onClick={onRemove}>
              remove
            </button>
          )}
        </p>
      )}
      <ContactMessage {...props} />
      {top !== 'refused' && state !== undefined && <Now battery={battery} state={state} isOld={isOld} />}
      {top === 'never' && firstReading}
      {top === 'loading' && <p class="note">Asking Amphora…</p>}
    </section>
  );
}

type NowProps = { readonly battery: string; readonly state: LiveState; readonly isOld: boolean };

function Now({ battery, state, isOld }: NowProps) {
  const { lead, power, doing, periodS, agedByField } = state;
  if (lead === undefined) return null;
  const isLast = isOld || power?.quality === 'stale';
  return (
    <>
      <p class="state-line">
        <Doubt aged={lead} isOld={isOld} />
        {lead.quality !== 'live' && <span class="period">· its period is {durationText(periodS * 1000)}</span>}
      </p>
      <p class={`sentence ${isLast ? 'last' : doing}`}>
        {isLast && 'last: '}
        <Arrow doing={doing} />
        {isLast ? WORDS[doing].toLowerCase() : WORDS[doing]}
      </p>
      <p class="power">
        <Value battery={battery} field="power" aged={power} isUnsigned />
        {isFromVoltage(power, agedByField) && <span class="note">from V × I</span>}
        {power === undefined && <span class="note">it has sent no power yet</span>}
      </p>
      <ChargeLevel battery={battery} soc={agedByField.get('soc')} />
      <div class="sides">
        <LastOf battery={battery} side="charge" aged={agedByField.get('charge')} isOld={isOld} />
        <LastOf battery={battery} side="discharge" aged={agedByField.get('discharge')} isOld={isOld} />
      </div>
      <Others battery={battery} agedByField={agedByField} lead={lead} />
    </>
  );
}

// The power of a pair that was sent is `derived` too, but measured all the same.
function isFromVoltage(power: Aged | undefined, agedByField: ReadonlyMap<string, Aged>): boolean {
  const isSideDerived = ['charge', 'discharge'].some((side) => agedByField.get(side)?.isDerived === true);
  return power?.isDerived === true && isSideDerived;
}

function ChargeLevel({ battery, soc }: { readonly battery: string; readonly soc: Aged | undefined }) {
  if (typeof soc?.value !== 'number') return null;
  return (
    <div class="soc" data-quality={soc.quality}>
      <p>
        <Value battery={battery} field="soc" aged={soc} class="level" />
        <span class="note">
          {soc.quality === 'live' ? 'charge level' : `charge level, ${soc.quality} · ${ageText(soc.ageMs)}`}
        </span>
      </p>
      <svg class="bar" width="100%" height="16" aria-hidden="true">
        <rect class="bar-empty" width="100%" height="16" />
        <rect class="bar-full" width={`${soc.value}%`} height="16" />
      </svg>
    </div>
  );
}

type SideProps = {
  readonly battery: string;
  readonly side: 'charge' | 'discharge';
  readonly aged: Aged | undefined;
  readonly isOld: boolean;
};

function LastOf({ battery, side, aged, isOld }: SideProps) {
  return (
    <div class="side" data-quality={aged?.quality ?? 'never'}>
      <h3>
        <Arrow doing={side === 'charge' ? 'charging' : 'discharging'} /> Last {side}
      </h3>
      <p>
        <Value battery={battery} field={side} aged={aged} />
        {aged?.isDerived === true && <span class="note"> V × I</span>}
      </p>
      <p>
        <Doubt aged={aged} isOld={isOld} />
      </p>
    </div>
  );
}

const SHOWN_ABOVE = new Set(['charge', 'discharge', 'power', 'soc']);

type OthersProps = {
  readonly battery: string;
  readonly agedByField: ReadonlyMap<string, Aged>;
  readonly lead: Aged;
};

function Others({ battery, agedByField, lead }: OthersProps) {
  const others = inOrder([...agedByField.keys()]).flatMap((field) => {
    const aged = agedByField.get(field);
    return aged === undefined || SHOWN_ABOVE.has(field) ? [] : [aged];
  });
  if (others.length === 0) return null;
  return (
    <ul class="others">
      {others.map((aged) => (
        <li key={aged.field} class={labelOf(aged.field) === '' ? '' : 'labelled'}>
          {labelOf(aged.field) !== '' && <span class="label">{labelOf(aged.field)}</span>}
          <Value battery={battery} field={aged.field} aged={aged} />
          {aged.quality !== lead.quality && aged.quality !== 'live' && (
            <span class="note">{` ${aged.quality} · ${ageText(aged.ageMs)}`}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function ContactMessage({ contact, nowMs, state, top, onTryNow, onHome }: Props) {
  if (contact.kind === 'ok') return null;
  return (
    <div class="contact" data-contact={contact.kind}>
      <p>
        <Shape name={shapeOf(top)} /> {contactSentence(contact)}
        {contact.kind === 'unreachable' && (
          <span>, trying again in {durationText(Math.max(0, contact.nextTryAtMs - nowMs))}</span>
        )}
      </p>
      {contact.kind === 'offline' && state?.lead !== undefined && (
        <p class="note">
          shown: {clockText(state.lead.atMs)}, {ageText(state.lead.ageMs)}
        </p>
      )}
      {contact.kind === 'unreachable' && contact.reason !== undefined && <p class="note">It says: {contact.reason}</p>}
      {contact.kind === 'unreachable' && (
        <button type="button" onClick={onTryNow}>
          try now
        </button>
      )}
      {contact.kind === 'refused' && (
        <button type="button" onClick={onHome}>
          show the newest battery
        </button>
      )}
    </div>
  );
}
