/** Tells this page's other tabs that the session began or ended. The word is all that goes there, never a token. */

export type Word = 'signed-in' | 'signed-out';

export type OtherTabs = { readonly tell: (word: Word) => void };

/** `name`: tabs of another Amphora on this origin have a session of their own. */
export function otherTabs(name: string, onWord: (word: Word) => void): OtherTabs {
  const channel = new BroadcastChannel(`amphora-session ${name}`);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === 'signed-in' || data === 'signed-out') onWord(data);
  };
  return { tell: (word) => channel.postMessage(word) };
}
