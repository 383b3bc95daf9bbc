import assert from 'node:assert/strict';
import { protectedBy } from '../../../src/gate/protectedPaths.ts';

describe('protectedBy', () => {
  const held: readonly [string, RegExp][] = [
    ['.git/config', /git itself/],
    ['.git', /git itself/],
    ['packages/app/.git/hooks/pre-commit', /git itself/],
    ['.GIT/config', /git itself/],
    ['.git./config', /git itself/],
    ['.git /config', /git itself/],
    ['.git. . ./config', /git itself/],
    ['.git\\config', /git itself/],
    ['a\\.git\\config', /git itself/],
    ['.git::$INDEX_ALLOCATION/config', /git itself/],
    ['GIT~1/config', /git itself/],
    ['.g\u200cit/config', /git itself/],
    ['.gi\u00adt/config', /git itself/],
    ['\uff0egit/config', /git itself/],
    ['.gonogo/templates/build.json', /GoNoGo/],
    ['.vscode/tasks.json', /editor/],
    ['.VSCode/Settings.json', /editor/],
    ['.devcontainer/devcontainer.json', /editor/],
    ['app.code-workspace', /editor/],
    ['deep/App.Code-Workspace', /editor/],
    ['.husky/pre-commit', /hooks/],
    ['.githooks/post-checkout', /hooks/],
    ['.pre-commit-config.yaml', /hooks/],
    ['lefthook.yml', /hooks/],
    ['.claude/settings.json', /agent/],
    ['.codex/hooks.json', /agent/],
    ['.cursor/rules/a.mdc', /agent/],
    ['.opencode/agent.md', /agent/],
    ['.gemini/settings.json', /agent/],
    ['CLAUDE.md', /agent/],
    ['packages/app/AGENTS.md', /agent/],
    ['GEMINI.md', /agent/],
    ['.github/copilot-instructions.md', /agent/],
    ['opencode.json', /agent/],
    ['opencode.jsonc', /agent/],
    ['.mcp.json', /tools/],
    ['.mcp.json.', /tools/],
    ['.gitattributes', /files/],
    ['.gitmodules', /repositories/],
    ['.envrc', /shell/],
  ];
  for (const [path, why] of held) it(`says why \`${path}\` is`, () => assert.match(protectedBy(path) ?? 'it is not', why));

  const free = [
    '',
    'src/a.ts',
    '.gitignore',
    'git/config',
    '.github/workflows/ci.yml',
    'docs/agents.md.txt',
    'claude.md/notes.txt',
    'a.git/config',
    'vscode/x',
    '.env',
  ];
  for (const path of free) it(`leaves \`${path}\` alone`, () => assert.equal(protectedBy(path), undefined));
});
