import { z } from 'zod';

/** All the built-in agent is told by its environment. It talks to this one address and holds this one token. */
const schema = z.object({
  GONOGO_GATEWAY_URL: z.url({ protocol: /^https?$/ }),
  GONOGO_GATEWAY_TOKEN: z.string().min(1),
  GONOGO_MODEL: z.string().min(1),
});

export interface AgentEnvironment {
  readonly gatewayUrl: string;
  readonly gatewayToken: string;
  readonly model: string;
}

/** @throws Error that names the variable that is missing or wrong, never its value. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): AgentEnvironment {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw new Error(`the environment lacks a valid \`${names.join('`, `')}\`; start this agent from a mission`);
  }
  const { GONOGO_GATEWAY_URL, GONOGO_GATEWAY_TOKEN, GONOGO_MODEL } = parsed.data;
  return { gatewayUrl: GONOGO_GATEWAY_URL, gatewayToken: GONOGO_GATEWAY_TOKEN, model: GONOGO_MODEL };
}
