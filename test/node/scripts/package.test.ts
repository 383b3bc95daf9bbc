import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/lib/paths.ts';
import { run } from '../../../scripts/lib/processes.ts';
import { listVsix, packVsix, type Target } from '../../../scripts/lib/vsix.ts';

/** Written out rather than taken from the table: a platform that falls out of it is what this is to notice. */
const prebuilds: Readonly<Record<Target, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'alpine-x64': 'linuxmusl-x64',
  'alpine-arm64': 'linuxmusl-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64',
  'win32-arm64': 'win32-arm64',
};
const platforms = Object.keys(prebuilds) as Target[];

const needed = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'dist/extension.js',
  'dist/kernel.js',
  'dist/kernel.mjs',
  'dist/cli.js',
  'dist/agent.mjs',
  'dist/grammars/tree-sitter.wasm',
  'dist/webview/approval.js',
  'media/presets/build.json',
  'media/gonogo.svg',
];

const native = (files: readonly string[]): string[] => files.filter((file) => file.endsWith('.node')).sort();
const nativeFiles = (names: readonly string[]): string[] => names.map((name) => `dist/native/${name}.node`).sort();

function holdsWhatItNeeds(files: readonly string[]): void {
  assert.deepEqual(
    needed.filter((file) => !files.includes(file)),
    [],
  );
  const foreign = files.filter((file) => /^(?:src|test|scripts|webview-ui|examples|docs|reports|node_modules|\.)|\.(?:map|ts)$/.test(file));
  assert.deepEqual(foreign, [], 'nothing of the tests, the sources or this checkout');
}

/** The names in the central directory of a zip file. */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\u0001\u0002', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 46, 'latin1'))
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  return names;
}

describe('the package', () => {
  it('for every platform holds every prebuild', async () => {
    const files = await listVsix();
    assert.deepEqual(native(files), nativeFiles(Object.values(prebuilds)));
    holdsWhatItNeeds(files);
  });

  for (const target of platforms) {
    it(`for ${target} holds its prebuild and no other`, async () => {
      const files = await listVsix(target);
      assert.deepEqual(native(files), nativeFiles([prebuilds[target]]));
      holdsWhatItNeeds(files);
    });
  }

  it('is written as it was listed', async () => {
    const file = await packVsix('alpine-arm64');
    try {
      assert.match(path.basename(file), /^gonogo-alpine-arm64-\d+\.\d+\.\d+\.vsix$/);
      const names = namesIn(readFileSync(file));
      assert.deepEqual(native(names), ['extension/dist/native/linuxmusl-arm64.node']);
      assert.ok(names.includes('extension/dist/extension.js'));
    } finally {
      rmSync(file);
    }
  });

  it('for a platform there is none for is refused with the list', async () => {
    const script = path.join(root, 'scripts', 'package.ts');
    const { code, output } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', script, '--target', 'amiga-68k']);
    assert.equal(code, 1);
    assert.equal(output.trim(), `--target wants one of ${[...platforms, 'all'].join(', ')}, not \`amiga-68k\`.`);
    assert.equal(existsSync(path.join(root, 'gonogo-amiga-68k-0.1.0.vsix')), false);
  });
});
