/** Shapes that stand for a state, always beside its word. Drawn, because the glyphs of fonts differ. */
import type { Doing, TopState } from './live-state.ts';

export type ShapeName = 'live' | 'late' | 'stale' | 'none' | 'warning';

/** ● live, ◐ late, ◔ stale, ○ nothing. */
export function Shape({ name }: { readonly name: ShapeName }) {
  return (
    <svg class="shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {name === 'warning' ? (
        <path d="M6 1 11.5 11H.5zM6 4.4v3.2M6 8.8v1" class="shape-line" />
      ) : (
        <circle cx="6" cy="6" r="5" class={name === 'live' ? 'shape-area' : 'shape-line'} />
      )}
      {name === 'late' && <path d="M6 1a5 5 0 0 0 0 10z" class="shape-area" />}
      {name === 'stale' && <path d="M6 6V1a5 5 0 0 1 5 5z" class="shape-area" />}
    </svg>
  );
}

export function shapeOf(top: TopState): ShapeName {
  switch (top) {
    case 'live':
    case 'late':
    case 'stale':
      return top;
    case 'loading':
    case 'never':
      return 'none';
    case 'unreachable':
    case 'offline':
    case 'refused':
      return 'warning';
  }
}

/** ▲ charging, ▼ discharging, ■ idle. */
export function Arrow({ doing }: { readonly doing: Doing }) {
  const path = {
    charging: 'M8 2.5 15 13.5H1z',
    discharging: 'M8 13.5 1 2.5h14z',
    idle: 'M2.5 6h11v4h-11z',
    unknown: '',
  }[doing];
  return path === '' ? null : (
    <svg class={`arrow ${doing}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** Stands wherever a simulated battery does. */
export function Simulated() {
  return <span class="tag">SIMULATED</span>;
}

export function HalfDisc() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle cx="10" cy="10" r="7.25" class="shape-line" />
      <path d="M10 2.75a7.25 7.25 0 0 1 0 14.5z" class="shape-area" />
    </svg>
  );
}

/** The way out. */
export function Door() {
  return (
    <svg class="door-mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d="M8 3H4v14h4M8 10h9M13.5 6.5 17 10l-3.5 3.5" class="shape-line" />
    </svg>
  );
}

export function Amphora() {
  return (
    <svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M9 2h6M10 2v4.5C6.5 8 6 11 6.8 14c.8 3.2 2.8 6 4.2 8h2c1.400-2 3.400-4.800 4.200-8 .8-3 .3-6-3.200-7.500V2" />
      <path d="M10 4.500C6.500 4 4.500 6 6.700 9.500M14 4.500c3.500-.5 5.500 1.500 3.300 5" />
      <path d="M7 14.500h10" class="level" />
    </svg>
  );
}
