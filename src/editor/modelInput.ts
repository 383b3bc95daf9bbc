import { baseUrlProblem, modelNameSchema } from '../config/upstreamSchema.ts';

const MAX_PRICE = 10_000;

/** As people copy addresses: with a path of the API or a slash behind. */
export function tidyAddress(text: string | undefined): string | undefined {
  return text?.trim().replace(/(\/chat\/completions|\/messages|\/models)?\/*$/, '');
}

export function addressProblem(text: string): string | undefined {
  const problem = baseUrlProblem(tidyAddress(text) ?? '');
  return problem === undefined ? undefined : `The address ${problem}.`;
}

/** Never repeats the key. */
export function keyProblem(text: string): string | undefined {
  return /^[\x21-\x7e]{0,4096}$/.test(text.trim()) ? undefined : 'A key holds no spaces and no accented letters; copy it again.';
}

export function modelProblem(text: string): string | undefined {
  return modelNameSchema.safeParse(text.trim()).success ? undefined : 'Enter the name of the model as its server spells it.';
}

export function priceOf(text: string): number {
  return Number(text.trim().replace(',', '.'));
}

export function priceProblem(text: string): string | undefined {
  const price = /^\d+([.,]\d+)?$/.test(text.trim()) ? priceOf(text) : NaN;
  return price <= MAX_PRICE
    ? undefined
    : `Enter US dollars, from 0 to ${MAX_PRICE}. Without a price nothing can be counted, so the model cannot be used.`;
}
