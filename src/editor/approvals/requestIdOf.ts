import { z } from 'zod';

const withRequestId = z.object({ params: z.object({ requestId: z.string().min(1).max(128) }) });

/** The request a message names, as far as it can be read at all; `''` where it names none. */
export function requestIdOf(raw: unknown): string {
  const parsed = withRequestId.safeParse(raw);
  return parsed.success ? parsed.data.params.requestId : '';
}
