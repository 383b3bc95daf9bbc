import assert from 'node:assert/strict';
import * as vscode from 'vscode';

interface Contributes {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[] };
}

function gonogo(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension('gonogo.gonogo');
  assert.ok(extension, 'the extension is not there');
  return extension;
}

describe('activation', () => {
  before(() => gonogo().activate());

  it('registers every command that package.json contributes', async () => {
    const { contributes } = gonogo().packageJSON as Contributes;
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = contributes.commands.filter(({ command }) => !registered.has(command));
    assert.ok(contributes.commands.length > 0);
    assert.deepEqual(missing, []);
  });

  it('titles every command alike', () => {
    const { contributes } = gonogo().packageJSON as Contributes;
    const odd = contributes.commands.filter(({ command, category }) => !command.startsWith('gonogo.') || category !== 'GoNoGo');
    assert.deepEqual(odd, []);
  });
});
