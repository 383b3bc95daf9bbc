import type { ApprovalChannel } from '../../src/protocol/approval.ts';
import type { ResultOf } from '../../src/protocol/messages.ts';
import type { FileView } from '../../src/protocol/reviewView.ts';
import { h, icon, replace } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';

type Sides = ResultOf<ApprovalChannel, 'picture'>;

/** Before and after, side by side. Also an SVG is only ever the source of an image: nothing in it runs or loads. */
export function picturesElement(file: FileView, fetch: (path: string) => Promise<Sides>): HTMLElement {
  const box = h('div', { class: 'pictures' }, h('p', { class: 'quiet', role: 'status' }, 'Reading the picture…'));
  fetch(file.path).then(
    ({ before, after }) => replace(box, side('Before', before, 'It did not exist.'), side('After', after, 'It is deleted.')),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      replace(box, h('p', { class: 'note' }, icon('info'), h('span', {}, ...shownText(message))));
    },
  );
  return box;
}

function side(word: string, picture: Sides['before'], absent: string): HTMLElement {
  const caption = h('figcaption', {}, word);
  if (!picture) return h('figure', {}, caption, h('p', { class: 'quiet' }, absent));
  const image = h('img');
  image.alt = `${word} the change`;
  image.decoding = 'async';
  const size = h('span', { class: 'quiet' });
  image.addEventListener('load', () => (size.textContent = ` ${image.naturalWidth} × ${image.naturalHeight}`));
  image.addEventListener('error', () => (size.textContent = ' cannot be shown as a picture'));
  image.src = `data:${picture.type};base64,${picture.base64}`;
  caption.append(size);
  return h('figure', {}, caption, image);
}
