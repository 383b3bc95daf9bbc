// Writes dist/: the extension, the kernel worker, the terminal command, the built-in agent and the webviews.
//
// dist/extension.js is one CommonJS file, because VS Code loads it eagerly. The others are ES modules that share
// chunks, so that `import('…')` anywhere in the sources makes a lazy chunk; VS Code, `new Worker` and a shebang want
// plain `.js` names, so each has a CommonJS loader of a few lines beside it. All modules lie flat in dist/:
// `new URL('./native/', import.meta.url)` means dist/native/ in every one of them.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const root = __dirname;
const dist = path.join(root, 'dist');
const eagerLimit = 500 * 1024;
const modules = ['kernel', 'cli', 'agent'];

/** zod's namespace carries its messages in fifty languages; English is all that is read here. */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // Errors are told apart by class name, in logs and in tests.
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  plugins: [englishOnly],
};

const node = { ...common, platform: 'node', target: 'node24', mainFields: ['module', 'main'] };

const extension = { ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', format: 'cjs', external: ['vscode'] };

const lazy = {
  ...node,
  entryPoints: modules.map((name) => ({ in: `src/${name}.ts`, out: name })),
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  format: 'esm',
  splitting: true,
  // CommonJS packages inside the bundle call `require` for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url),__thisFile=import.meta.filename;",
  },
  define: { __filename: '__thisFile' },
};

function webviewEntries() {
  return fs
    .readdirSync(path.join(root, 'webview-ui'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.existsSync(path.join(root, 'webview-ui', entry.name, 'main.ts')))
    .map((entry) => ({ in: `webview-ui/${entry.name}/main.ts`, out: entry.name }));
}

const webviews = () => ({
  ...common,
  entryPoints: webviewEntries(),
  outdir: 'dist/webview',
  format: 'iife',
  platform: 'browser',
  target: 'chrome140',
  loader: { '.ttf': 'file', '.svg': 'text' },
});

/** The `.js` name that starts the `.mjs` module; `gonogo` says what it needs before anything native is loaded. */
function loaderOf(name) {
  const load = `import('./${name}.mjs')`;
  if (name === 'kernel') return `'use strict';\n${load};\n`;
  const complain =
    "process.stderr.write('gonogo needs Node 22 or newer, and this is ' + process.version + '. Start it with a newer Node.\\n');";
  return [
    '#!/usr/bin/env node',
    "'use strict';",
    "if (Number(process.versions.node.split('.')[0]) < 22) {",
    `  ${complain}`,
    '  process.exitCode = 1;',
    `} else ${load}.catch(function (error) {`,
    "  process.stderr.write('gonogo could not start: ' + (error && error.stack ? error.stack : error) + '\\n');",
    '  process.exitCode = 1;',
    '});',
    '',
  ].join('\n');
}

function copyFolder(from, to, accept) {
  fs.mkdirSync(to, { recursive: true });
  for (const name of fs.readdirSync(from)) if (accept(name)) fs.copyFileSync(path.join(from, name), path.join(to, name));
}

/** A bundle cannot find files beside a package, so they are copied where the code looks for them. */
function copyAssets() {
  const packages = path.join(root, 'node_modules');
  copyFolder(path.join(packages, 'better-sqlite3', 'prebuilds'), path.join(dist, 'native'), (name) => name.endsWith('.node'));
  const parser = /^tree-sitter(?:-(?:javascript|typescript|tsx|python))?\.wasm$/;
  copyFolder(path.join(packages, '@vscode', 'tree-sitter-wasm', 'wasm'), path.join(dist, 'grammars'), (name) => parser.test(name));
}

function report(results) {
  const sizes = results.flatMap((result) => Object.entries(result.metafile.outputs)).filter(([file]) => !file.endsWith('.map'));
  sizes.sort(([, a], [, b]) => b.bytes - a.bytes);
  for (const [file, { bytes }] of sizes) process.stdout.write(`${(bytes / 1024).toFixed(1).padStart(9)} KB  ${file}\n`);
}

async function main() {
  fs.rmSync(dist, { recursive: true, force: true });
  const results = await Promise.all([extension, lazy, webviews()].map((options) => esbuild.build(options)));
  for (const name of modules) fs.writeFileSync(path.join(dist, `${name}.js`), loaderOf(name), { mode: 0o755 });
  copyAssets();
  report(results);
  const eager = fs.statSync(path.join(dist, 'extension.js')).size;
  if (eager > eagerLimit)
    throw new Error(`dist/extension.js is ${eager} bytes, more than the ${eagerLimit} it may have: load the heavy part in the kernel`);
  fs.writeFileSync(path.join(dist, '.stamp'), '');
}

main().catch((error) => {
  // esbuild has already shown where a source does not compile.
  if (!Array.isArray(error.errors)) process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
