const BYTES_PER_TOKEN = 4;

/**
 * Our own estimate, not a tokenizer's count: UTF-8 bytes divided by four, rounded up. Prose and code run at 3.2 to 4.8 bytes a token
 * with the usual vocabularies. What is booked rests on the usage a provider reports; this fills in where it reports none.
 */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Members of a message that are not text the model made, or that repeat text another member holds. */
const NOT_OUTPUT = new Set(['role', 'id', 'type', 'index', 'name', 'reasoning_details']);

/**
 * UTF-8 bytes a model put into a message or a delta of one. Counts every string but the known labels, so that a provider's own name
 * for its reasoning is not free. A tool's name is a few bytes sent once, repeated by some providers in each piece, and left out.
 */
export function outputBytes(message: unknown): number {
  if (typeof message === 'string') return Buffer.byteLength(message);
  if (Array.isArray(message)) return message.reduce((sum: number, item) => sum + outputBytes(item), 0);
  if (typeof message !== 'object' || message === null) return 0;
  return Object.entries(message).reduce((sum, [key, value]) => (NOT_OUTPUT.has(key) ? sum : sum + outputBytes(value)), 0);
}
