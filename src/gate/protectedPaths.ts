/** Lower-case folder names, anywhere in a path, and why a change below them needs a person. */
const folders: ReadonlyMap<string, string> = new Map([
  ['.git', 'belongs to git itself'],
  ['git~1', 'belongs to git itself'],
  ['.gonogo', 'holds the rules of GoNoGo'],
  ['.vscode', 'steers the editor'],
  ['.devcontainer', 'steers the editor'],
  ['.husky', 'holds hooks that run by themselves'],
  ['.githooks', 'holds hooks that run by themselves'],
  ['.claude', 'steers an agent'],
  ['.codex', 'steers an agent'],
  ['.cursor', 'steers an agent'],
  ['.opencode', 'steers an agent'],
  ['.gemini', 'steers an agent'],
  ['.windsurf', 'steers an agent'],
]);

const files: ReadonlyMap<string, string> = new Map([
  ['.gitattributes', 'changes how git treats files'],
  ['.gitmodules', 'names other repositories'],
  ['.mcp.json', 'gives an agent tools'],
  ['.pre-commit-config.yaml', 'holds hooks that run by themselves'],
  ['lefthook.yml', 'holds hooks that run by themselves'],
  ['.lefthook.yml', 'holds hooks that run by themselves'],
  ['.envrc', 'runs by itself in a shell'],
  ['.cursorrules', 'steers an agent'],
  ['opencode.json', 'steers an agent'],
  ['opencode.jsonc', 'steers an agent'],
  ['claude.md', 'steers an agent'],
  ['agents.md', 'steers an agent'],
  ['gemini.md', 'steers an agent'],
  ['copilot-instructions.md', 'steers an agent'],
]);

/**
 * Why a path is protected, as the end of a sentence; `undefined` when it is not. Names that some disk takes for a protected one
 * are protected everywhere, because the repository travels.
 */
export function protectedBy(path: string): string | undefined {
  const segments = path.split(/[\\/]/).map(plainName);
  for (const segment of segments) {
    const why = folders.get(segment);
    if (why) return why;
  }
  const name = segments.at(-1) ?? '';
  if (name.endsWith('.code-workspace')) return 'steers the editor';
  return files.get(name);
}

/** Disks may ignore case and characters that draw nothing (HFS+), what follows a colon, and dots and spaces at the end (NTFS). */
function plainName(segment: string): string {
  return segment
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
}
