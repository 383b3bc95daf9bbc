import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { createPresetFile } from '../../src/editor/presets/presetCommands.ts';

const good = {
  id: 'nightly',
  title: 'Nightly',
  description: 'For the night.',
  domain: 'code',
  agents: [{ role: 'coder', title: 'Coder', scopes: ['file.read'], instructions: 'Work.' }],
  tools: ['git'],
  costUsd: { from: 0.1, to: 0.5 },
  minutes: { from: 2, to: 10 },
  risk: 'low',
  guardrails: ['tests_required'],
  critics: ['code'],
  test: ['npm', 'test'],
};

function workspace(): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder);
  return folder;
}

/** Where this window keeps a person's own. */
function store(): string {
  const home = process.env['GONOGO_HOME'];
  assert.ok(home);
  return home;
}

const ours = (uri: vscode.Uri): vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'GoNoGo');

/** Resolves when Problems shows so many of ours for the file. */
function shows(uri: vscode.Uri, count: number): Promise<vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = ours(uri);
      if (found.length !== count) return;
      subscription.dispose();
      resolve(found);
    };
    const subscription = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}

describe('presets in the editor', () => {
  const places: readonly (readonly [string, () => string])[] = [
    ['the workspace', () => join(workspace(), '.gonogo/missions/nightly.json')],
    ['a person for all workspaces', () => join(store(), 'missions/nightly.gonogo.json')],
  ];

  before(async () => {
    await vscode.extensions.getExtension('gonogo.gonogo')?.activate();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const [, path] of places) rmSync(path(), { force: true });
  });

  function put(path: string, value: unknown): vscode.Uri {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(value, null, 2));
    return vscode.Uri.file(path);
  }

  for (const [of, path] of places) {
    it(`of ${of} are completed and explained`, async () => {
      const uri = put(path(), { ...good, tools: [''] });
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const inside = (text: string): vscode.Position => document.positionAt(document.getText().indexOf(text) + 1);
      const hover = async (): Promise<readonly string[]> => {
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, inside('"guardrails"'));
        return hovers.flatMap(({ contents }) => contents.map((each) => (each instanceof vscode.MarkdownString ? each.value : '')));
      };
      let words = await hover();
      // The editor's JSON service may still be starting.
      while (words.length === 0) words = await hover();
      assert.match(words.join('\n'), /What must hold before you are asked/);
      const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', uri, inside('""'));
      const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label).replaceAll('"', ''));
      for (const tool of ['lsp', 'git', 'build', 'test']) assert.ok(labels.includes(tool), `${tool} is not among ${labels.join()}`);
    });
  }

  it('that are bad stand in Problems at the line, and one press puts them right', async () => {
    const [, path] = places[0] ?? assert.fail();
    const uri = put(path(), { ...good, surprise: 1, tools: ['git', 'hammer'] });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const found = await shows(uri, 2);
    const said = found.map(({ message, range }) => `${document.getText(range)} ${message}`).sort();
    assert.match(said[0] ?? '', /^"hammer" .*"hammer" is no tool GoNoGo knows/);
    assert.match(said[1] ?? '', /^"surprise" `surprise` is no field of a preset; remove it\.$/);
    assert.deepEqual(vscode.languages.getDiagnostics(uri).length, 2, 'the editor says it a second time');
    for (const left of [1, 0]) {
      const [diagnostic] = ours(uri);
      assert.ok(diagnostic);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, diagnostic.range);
      const [fix] = actions.filter(({ title }) => title.startsWith('Remove '));
      assert.ok(fix?.edit, 'there is no quick fix');
      await vscode.workspace.applyEdit(fix.edit);
      await shows(uri, left);
    }
    assert.deepEqual(JSON.parse(document.getText()), good);
    await document.save();
  });

  it('are made with their folders, and never over a file', async () => {
    for (const [, path] of places) {
      const folder = join(dirname(path()), 'made');
      const file = join(folder, 'preset.json');
      rmSync(folder, { recursive: true, force: true });
      assert.equal(await createPresetFile(file, 'first'), true);
      assert.equal(await createPresetFile(file, 'second'), false);
      assert.equal(readFileSync(file, 'utf8'), 'first');
      rmSync(folder, { recursive: true });
    }
  });

  it('written by another program are noticed, closed as they are', async () => {
    for (const [, path] of places) {
      const uri = put(path(), { ...good, test: undefined });
      const [diagnostic] = await shows(uri, 1);
      assert.match(diagnostic?.message ?? '', /`test` is missing; add it/);
      rmSync(path());
      await shows(uri, 0);
    }
  });
});
