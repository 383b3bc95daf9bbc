import type { Check } from '../../contracts/check.ts';
import type { Critic, CriticFile } from '../../contracts/critic.ts';
import type { ActionOfKind } from '../../contracts/action.ts';
import type { CheckContext } from '../../contracts/check.ts';

export interface CriticsOptions {
  readonly critics: readonly Critic[];
  /** Those that never say NO-GO, so that they need to see the whole diff only. */
  readonly diffCritics?: readonly Critic[];
  /** Text of a file an agent is about to replace; `undefined` when there is none. */
  readonly textBefore: (action: ActionOfKind<'file.write'>, context: CheckContext) => Promise<string | undefined>;
  readonly changedFiles: (missionId: string, baseTree: string, tree: string) => Promise<readonly CriticFile[]>;
}

/** Critics see every write before it happens, where only a NO-GO counts, and the whole diff before it is applied. */
export function criticsCheck({ critics, diffCritics = [], textBefore, changedFiles }: CriticsOptions): Check {
  return {
    name: 'critics',
    async evaluate(action, context) {
      if (action.kind === 'file.write') {
        const file: CriticFile = { path: action.resource, before: await textBefore(action, context), after: action.input.content };
        const said = await Promise.all(critics.map((critic) => critic.review([file], context.signal)));
        // What a person should weigh is weighed once, over the whole diff.
        return said.flat().filter((finding) => finding.effect === 'no-go');
      }
      if (action.kind !== 'code.apply' || !context.mission) return [];
      const files = await changedFiles(context.mission.id, action.input.baseTree, action.input.tree);
      const said = await Promise.all([...critics, ...diffCritics].map((critic) => critic.review(files, context.signal)));
      return said.flat();
    },
  };
}
