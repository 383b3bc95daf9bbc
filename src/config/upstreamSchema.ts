import { z } from 'zod';
import { modelProtocols } from '../contracts/models.ts';

const MAX_PRICE = 10_000;

export const modelNameSchema = z
  .string({ error: 'must name a model' })
  .regex(/^[\w][\w.:/@+-]{0,199}$/, 'must name a model, as its server spells it');

const price = (what: string) => {
  const error = `must be the price of a million ${what} tokens in US dollars, from 0 to ${MAX_PRICE}`;
  return z.number({ error }).min(0, error).max(MAX_PRICE, error);
};

/** Why a model server's address cannot be used, or `undefined`. */
export function baseUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a web address such as `https://models.example.com/v1`';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with `https://` or `http://`';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password; keys belong in the secret storage';
  if (url.search !== '' || url.hash !== '') return 'must end before any `?` or `#`';
  // A key sent in clear over the internet is a key given away.
  if (url.protocol === 'http:' && !isNearby(url.hostname))
    return 'must use `https://` unless the server is on this machine or in your own network';
  return undefined;
}

/** One model server and what its model costs, so that spending can be counted. */
export const upstreamSchema = z
  .strictObject(
    {
      protocol: z.enum(modelProtocols, { error: 'must be `openai` or `anthropic`' }).optional(),
      baseUrl: z.string({ error: 'must be a web address' }).superRefine((text, context) => {
        const problem = baseUrlProblem(text);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      }),
      model: modelNameSchema,
      inputUsdPerMTok: price('input'),
      outputUsdPerMTok: price('output'),
    },
    { error: 'must hold `baseUrl`, `model`, `inputUsdPerMTok`, `outputUsdPerMTok`, maybe `protocol`, and nothing else' },
  )
  .nullable();

function isNearby(host: string): boolean {
  if (host === 'localhost' || host === '[::1]') return true;
  return /^(127|10)\.\d+\.\d+\.\d+$|^192\.168\.\d+\.\d+$|^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(host);
}
