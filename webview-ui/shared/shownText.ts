import { visibleRuns, visibleText } from '../../src/base/visibleText.ts';
import type { VisibleOptions } from '../../src/base/visibleText.ts';
import { h } from './h.ts';

/** A text full of hidden characters is one marked stretch, so that it cannot flood the page with elements. */
const maxRuns = 40;

/** Text of unknown origin as nodes: what cannot be seen is named in a marked span. */
export function shownText(text: string, options?: VisibleOptions): Node[] {
  const runs = visibleRuns(text, options);
  if (runs.length > maxRuns) return [marked(visibleText(text, options))];
  return runs.map((run) => (run.marked ? marked(run.text) : document.createTextNode(run.text)));
}

function marked(text: string): HTMLElement {
  return h('span', { class: 'unseen', title: 'A character that cannot be seen' }, text);
}
