/** What went wrong and what to do about it, in one sentence for the person at the terminal; shown without a stack. */
export class Problem extends Error {
  name = 'Problem';
}
