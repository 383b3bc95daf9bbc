import { RequestError } from '@agentclientprotocol/sdk';

/** Outside the codes of JSON-RPC and ACP. */
const REFUSED = -32_040;

/** The answer to a request that was not carried out. The message is for the agent to act on. */
export function refusal(message: string): RequestError {
  return new RequestError(REFUSED, message);
}
