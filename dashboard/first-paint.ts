/** A blocking script of its own in the page's head: the chosen colours stand before anything is painted. */
import { applyStoredTheme } from './theme.ts';

applyStoredTheme();
