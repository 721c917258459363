/** The page in one sentence: for who hears it, and for the tab. */
import { ageText, shownText } from './format.ts';
import { type Contact, contactSentence, type Doing, isOld, type LiveState } from './live-state.ts';

export const SIGNED_OUT_SUMMARY = 'Amphora: sign in to see the batteries.';
export const SIGNED_OUT_TITLE = 'Sign in · Amphora';

/** "boat: charging with 2.41 kW, charge level 63 %, live, 2 s ago." */
export function summaryText(battery: string | undefined, state: LiveState | undefined, contact: Contact): string {
  const before = contact.kind === 'ok' ? '' : `${contactSentence(contact)}. `;
  if (battery === undefined || state === undefined || contact.kind === 'refused') return `${before}Amphora`;
  const { lead, isSimulated } = state;
  const name = isSimulated ? `${battery}, SIMULATED` : battery;
  if (lead === undefined) return `${before}${name}: nothing yet.`;
  const soc = state.agedByField.get('soc');
  const said = [
    doingText(state, isOld(contact) || lead.quality === 'stale'),
    ...(soc === undefined ? [] : [`charge level ${shownText('soc', soc.value, soc.unit)}`]),
    lead.quality,
    ageText(lead.ageMs),
  ];
  return `${before}${name}: ${said.join(', ')}.`;
}

function doingText({ doing, power }: LiveState, isLast: boolean): string {
  const last = isLast ? 'last ' : '';
  if (typeof power?.value !== 'number') return 'power unknown';
  return `${last}${doing} with ${shownText('power', Math.abs(power.value), power.unit)}`;
}

const ARROWS: Readonly<Record<Doing, string>> = { charging: '▲', discharging: '▼', idle: '■', unknown: '' };

export function titleText(battery: string | undefined, state: LiveState | undefined, contact: Contact): string {
  const name = battery === undefined ? '' : `${battery} · `;
  if (contact.kind === 'offline') return `Offline · ${name}Amphora`;
  if (contact.kind === 'unreachable')
    return `${contact.reason === undefined ? 'No answer' : 'No values'} · ${name}Amphora`;
  if (state?.lead === undefined || contact.kind === 'refused') return `${name}Amphora`;
  const { power, doing, lead } = state;
  if (lead.quality === 'stale') return `Stale, ${ageText(lead.ageMs)} · ${name}Amphora`;
  if (typeof power?.value !== 'number') return `${name}Amphora`;
  const simulated = state.isSimulated ? ' (SIMULATED)' : '';
  return `${ARROWS[doing]} ${shownText('power', Math.abs(power.value), power.unit)} ${doing}${simulated} · ${name}Amphora`;
}
