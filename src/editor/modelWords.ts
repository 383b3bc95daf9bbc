import type { Millis } from '../base/clock.ts';
import type { ModelTarget } from '../contracts/models.ts';
import { counted, durationText } from './approvals/words.ts';

export const unset = 'No model is set up.';
export const localDetail = 'Costs nothing and sends nothing off this machine';
export const stillDemo =
  'This workspace turns the demo model on, so missions here fly with that; turn `gonogo.models.demo` off in the workspace settings to use yours.';

export function foundWords(models: readonly string[]): string {
  return models.length === 0 ? 'no model yet' : counted(models.length, 'model');
}

export function answered({ model, baseUrl }: Required<ModelTarget>, tookMs: Millis): string {
  return `\`${model}\` at \`${new URL(baseUrl).host}\` answers (${durationText(tookMs)}).`;
}

export function keptNowhere(reason: string): string {
  return `The secret storage did not take the key (${reason}); it works until this window closes, and you will be asked again after that.`;
}
