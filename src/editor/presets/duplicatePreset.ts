import { join } from 'node:path';
import { presetSchema } from '../../contracts/preset.ts';
import { USER_MISSIONS, WORKSPACE_MISSIONS, type PresetList } from '../../contracts/presetList.ts';
import { duplicateText, freeId } from '../../contracts/presetProblems.ts';
import type { ModelUi } from '../modelSetup.ts';

const title = 'Duplicate Preset';
const words = { shipped: 'ships with GoNoGo', user: 'your own', workspace: 'of this workspace' } as const;

export interface DuplicatePresetDeps {
  readonly ui: Pick<ModelUi, 'pick' | 'ask'>;
  /** The store. */
  readonly home: string;
  readonly list: (folder: string) => PresetList;
  /** Makes the file and its folders; false, and nothing is written, when there is one already. */
  readonly create: (path: string, text: string) => Promise<boolean>;
  readonly open: (path: string) => Promise<void>;
}

/** Takes a preset as the beginning of a new one: which, for whom, by what id; then its file is open. A file that is there is never written over. */
export async function duplicatePreset({ ui, home, list, create, open }: DuplicatePresetDeps, folder: string): Promise<void> {
  const { presets } = list(folder);
  const rows = presets.map((each) => ({
    label: each.preset.title,
    description: words[each.file.layer],
    detail: each.preset.description,
    value: each,
  }));
  const from = await ui.pick(`${title} (1 of 3)`, 'Which preset should the new one begin as?', rows);
  if (!from) return;
  const place = await ui.pick(`${title} (2 of 3)`, 'Where should it be kept?', [
    {
      label: 'This Workspace',
      detail: 'For everyone in this repository. Guardrails and critics always stay on.',
      value: 'workspace' as const,
    },
    { label: 'Your Own', detail: 'In the folder of GoNoGo, for all your workspaces. No repository can change it.', value: 'user' as const },
  ]);
  if (!place) return;
  const taken = new Set(presets.map(({ preset }) => preset.id));
  const id = await ui.ask({
    title: `${title} (3 of 3)`,
    prompt: 'Its id: lower-case letters, digits and hyphens.',
    value: freeId(from.preset.id, taken),
    problem: (text) => idProblem(text.trim(), taken),
  });
  if (id === undefined) return;
  const parent = place === 'workspace' ? join(folder, WORKSPACE_MISSIONS) : join(home, USER_MISSIONS);
  // The second ending is what the editor knows a preset by, wherever the store lies.
  const path = join(parent, `${id.trim()}${place === 'workspace' ? '' : '.gonogo'}.json`);
  const text = duplicateText(from.file.text ?? JSON.stringify(from.preset), id.trim(), from.preset.title);
  if (!(await create(path, text))) throw new Error(`the file \`${path}\` is there already; choose another id`);
  await open(path);
}

function idProblem(id: string, taken: ReadonlySet<string>): string | undefined {
  if (taken.has(id)) return `The id ${id} is taken. Choose another one.`;
  return presetSchema.shape.id.safeParse(id).success
    ? undefined
    : 'Use lower-case letters, digits and hyphens, beginning with a letter; 31 at most.';
}
