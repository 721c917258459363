/** Battery and range in the page's address, so that a link and the back button lead to what was seen. */
import { homeBattery } from './choice.ts';
import { rangeFromAddress, rangeToAddress } from './range.ts';
import { type State, showBattery, showRange } from './state.ts';

export function writeAddress({ asked, range }: State, how: 'push' | 'replace'): void {
  const query = new URLSearchParams();
  const parts = { battery: asked.value, ...rangeToAddress(range.value) };
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) query.set(name, value);
  const url = `${location.pathname}${query.size === 0 ? '' : `?${query}`}`;
  if (how === 'push') history.pushState(undefined, '', url);
  else history.replaceState(undefined, '', url);
}

export function readAddress(state: State): void {
  const query = new URLSearchParams(location.search);
  state.asked.value = query.get('battery') ?? undefined;
  showRange(state, rangeFromAddress(query));
  showBattery(state, state.asked.value ?? homeBattery(state.batteries.value?.value ?? []));
}
