import type { ModelTarget } from '../contracts/models.ts';
import type { UpstreamError } from './upstreamError.ts';

/** Why a connection test did not go well: one sentence that says what is wrong and what to do next. */
export interface ProbeTrouble {
  readonly code: string;
  readonly message: string;
}

/** How many models a sentence names. */
const NAMED = 5;

/** @param offered what the server lists; `undefined` when it has no list to read */
export function judgeCall(target: ModelTarget, error: UpstreamError, offered: readonly string[] | undefined): ProbeTrouble {
  if (error.code === 'upstream-garbage') return notAnApi(target);
  const { model } = target;
  const missing = error.answered === 404 || error.answered === 400 || error.answered === 422;
  if (model !== undefined && missing && offered && offered.length > 0 && !offered.includes(model))
    return { code: 'no-such-model', message: `${server(target)} has no model \`${model}\`; choose one it offers: ${some(offered)}.` };
  if (error.answered === 404) {
    // A server that speaks of the model has found its way to the API.
    return model !== undefined && (offered !== undefined || /\bmodels?\b/i.test(error.message.split(' It says: ')[1] ?? ''))
      ? { code: 'no-such-model', message: `${server(target)} has no model \`${model}\`; choose one as the server spells it.` }
      : {
          code: 'wrong-address',
          message: `There is no model API at \`${target.baseUrl}\`; correct the address, which often ends in \`/v1\`.`,
        };
  }
  // A server's own words come last and seldom end as a sentence does.
  return { code: error.code, message: /[.!?…]$/.test(error.message) ? error.message : `${error.message}.` };
}

/** For an answer of status 200 that is something else, such as a web page. */
export function notAnApi(target: ModelTarget): ProbeTrouble {
  return {
    code: 'not-an-api',
    message: `What answers at \`${target.baseUrl}\` is not a model API; correct the address, which often ends in \`/v1\`.`,
  };
}

function server({ baseUrl }: ModelTarget): string {
  return `The model's server at \`${new URL(baseUrl).host}\``;
}

function some(models: readonly string[]): string {
  const named = models.slice(0, NAMED).map((model) => `\`${model}\``);
  return models.length > NAMED ? `${named.join(', ')} and ${models.length - NAMED} more` : named.join(', ');
}
