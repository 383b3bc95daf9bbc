import { visibleText, type VisibleOptions } from '../base/visibleText.ts';
import { cut } from './approvals/words.ts';

/** One line of at most `length` characters, nothing in it hidden: a goal or a message as a label. */
export function oneLine(text: string, length: number): string {
  return visibleText(cut(text.replace(/\s+/g, ' ').trim(), length));
}

/** Text from elsewhere in a notification, where VS Code would turn `[words](command:id)` into a link that runs the command. */
export function notificationText(text: string, options?: VisibleOptions): string {
  return visibleText(text, options).replaceAll('](', '] (');
}

/** Text from elsewhere in a quick pick, where VS Code would draw `$(name)` as an icon. */
export function pickText(text: string): string {
  return visibleText(text).replaceAll('$(', '$ (');
}
