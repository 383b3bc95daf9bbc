export declare class Problem extends Error {
  override name: 'Problem';
}
