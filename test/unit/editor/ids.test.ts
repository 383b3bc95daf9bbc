import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { settingKeys, settings } from '../../../src/config/settings.ts';
import { approvalViewType, commands, missionContexts, reviewScheme, views } from '../../../src/editor/ids.ts';

const entries = z.array(z.object({ command: z.string(), when: z.string().optional(), group: z.string().optional() }));
const manifest = z
  .object({
    publisher: z.literal('gonogo'),
    name: z.literal('gonogo'),
    activationEvents: z.array(z.string()),
    capabilities: z.object({
      untrustedWorkspaces: z.object({
        supported: z.string(),
        description: z.string().min(1),
        restrictedConfigurations: z.array(z.string()),
      }),
      virtualWorkspaces: z.object({ supported: z.boolean(), description: z.string().min(1) }),
    }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string(), icon: z.string() })),
      views: z.record(z.string(), z.array(z.object({ id: z.string(), name: z.string() }))),
      viewsContainers: z.object({ activitybar: z.array(z.object({ id: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string(), when: z.string().optional() })),
      menus: z.record(z.string(), entries),
      configuration: z.object({ properties: z.record(z.string(), z.object({ scope: z.string() })) }),
    }),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')));

const { contributes, capabilities } = manifest;
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
const allEntries = Object.values(contributes.menus).flat();
const whens = [...allEntries, ...contributes.viewsWelcome].map(({ when }) => when ?? '');

/** The values a when-clause compares `viewItem` with: `== value` or `=~ /^prefix(a|b)$/`. */
function viewItems(when: string): string[] {
  const one = [...when.matchAll(/viewItem == ([\w.-]+)/g)].map(([, value = '']) => value);
  const some = [...when.matchAll(/viewItem =~ \/(.+?)\/(?:\s|$)/g)].flatMap(([, pattern = '']) => {
    const alternatives = /^\^([\w\\.]+)\(([\w|-]+)\)\$$/.exec(pattern);
    assert.ok(alternatives, `this test cannot read the pattern \`${pattern}\``);
    const [, prefix = '', values = ''] = alternatives;
    return values.split('|').map((value) => `${prefix.replaceAll('\\', '')}${value}`);
  });
  return [...one, ...some];
}

describe('package.json and the table of ids', () => {
  it('name the same commands', () => {
    assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(Object.values(commands)));
    assert.equal(contributes.commands.length, Object.values(commands).length);
  });

  it('give every command a title, the same category and an icon', () => {
    for (const { command, title, category, icon } of contributes.commands) {
      assert.match(title, /^[A-Z][A-Za-z ]+…?$/, command);
      assert.equal(category, 'GoNoGo', command);
      assert.match(icon, /^\$\([a-z-]+\)$/, command);
    }
  });

  it('name the same views, all in the one container', () => {
    assert.deepEqual(
      Object.keys(contributes.views),
      contributes.viewsContainers.activitybar.map(({ id }) => id),
    );
    assert.deepEqual(sorted(Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id))), sorted(Object.values(views)));
  });

  it('put into menus only commands and views there are', () => {
    const known = new Set<string>(Object.values(commands));
    assert.deepEqual(
      allEntries.filter(({ command }) => !known.has(command)),
      [],
    );
    const knownViews = new Set<string>(Object.values(views));
    const named = [
      ...whens.flatMap((when) => [...when.matchAll(/(?<!\w)view == ([\w.]+)/g)].map(([, view = '']) => view)),
      ...contributes.viewsWelcome.map(({ view }) => view),
    ];
    assert.deepEqual(
      named.filter((view) => !knownViews.has(view)),
      [],
    );
  });

  it('ask for the contexts that rows have, and for each but the one that offers nothing', () => {
    const { ended, ...offering } = missionContexts;
    const asked = sorted(whens.flatMap(viewItems));
    assert.deepEqual(asked, sorted(Object.values(offering)));
    assert.ok(!asked.includes(ended));
  });

  it('link only to commands there are, from what an empty view says', () => {
    const linked = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:([\w.]+)\)/g)].map(([, id = '']) => id),
    );
    const ours = new Set<string>(Object.values(commands));
    const editors = new Set(['workbench.trust.manage', 'vscode.openFolder', 'workbench.action.reloadWindow']);
    assert.deepEqual(
      linked.filter((id) => !ours.has(id) && !editors.has(id)),
      [],
    );
    assert.ok(linked.includes(commands.launch));
  });

  it('wake the extension for the panel and the diffs that a reload brings back', () => {
    assert.deepEqual(
      sorted(manifest.activationEvents),
      sorted(['onStartupFinished', `onWebviewPanel:${approvalViewType}`, `onFileSystem:${reviewScheme}`]),
    );
  });

  it('have no command that sounds like a decision', () => {
    for (const id of Object.values(commands)) assert.doesNotMatch(id, /approve|decide|grant|lift|resume|reject/i);
  });
});

describe('what the editor may do unasked', () => {
  it('is limited in an untrusted workspace, and nothing in a virtual one', () => {
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    assert.equal(capabilities.virtualWorkspaces.supported, false);
  });

  it('takes no setting of an untrusted workspace that names a file or a program', () => {
    const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
    for (const key of restrictedConfigurations) assert.ok(Object.hasOwn(contributes.configuration.properties, key), key);
    for (const key of ['missions.templatesPath', 'agents.default'] as const)
      assert.ok(restrictedConfigurations.includes(`gonogo.${key}`), key);
  });

  it('reads what is for the user only from the user settings only', () => {
    const userOnly = settingKeys.filter((key) => settings[key].merge === 'user-only');
    assert.ok(userOnly.length >= 4);
    for (const key of userOnly) {
      const scope = contributes.configuration.properties[`gonogo.${key}`]?.scope ?? 'missing';
      assert.ok(['application', 'machine'].includes(scope), `${key} is ${scope}`);
    }
  });

  it('lets a workspace loosen nothing that costs or protects', () => {
    const guarding = /^(budget|approvals|agents\.(max|path|persist|spawnDelayMs)|missions\.useWorktrees|models\.upstream)/;
    const loose = settingKeys.filter((key) => guarding.test(key) && settings[key].merge === 'free');
    assert.deepEqual(loose, []);
  });
});
