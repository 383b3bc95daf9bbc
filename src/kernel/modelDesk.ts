import { baseUrlProblem, modelNameSchema } from '../config/upstreamSchema.ts';
import type { ModelTest } from '../contracts/models.ts';
import type { ModelProbe } from '../gateway/modelProbe.ts';
import type { ModelDesk } from '../missions/missionControl.ts';
import type { ModelSource } from './modelSource.ts';

/** What a person can do about the model: hand over a key, and test the way to it. */
export function modelDesk(models: ModelSource, probe: ModelProbe): ModelDesk {
  return {
    setKey: (baseUrl, key) => models.setKey(baseUrl, key),
    keyMissing: () => models.keyMissing,
    test: async (target) => {
      const address = baseUrlProblem(target.baseUrl);
      if (address !== undefined) return refused('bad-address', `The address of a model's server ${address}.`);
      if (target.model !== undefined && !modelNameSchema.safeParse(target.model).success)
        return refused('bad-model', 'This is not the name of a model; enter it as its server spells it.');
      return probe.test(target, models.keyFor(target.baseUrl));
    },
  };
}

function refused(code: string, message: string): ModelTest {
  return { ok: false, code, message, models: [] };
}
