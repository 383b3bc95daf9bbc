import ts from 'typescript';

/** A module as the scanner reads it. */
export interface Scan {
  readonly file: string;
  readonly source: ts.SourceFile;
  /** What it uses that can write, spawn, connect or load code: `node:fs.writeFileSync`, `fetch`, `package:ai`. */
  readonly effects: readonly string[];
  /** Modules it imports or loads, as written, but for types. */
  readonly imports: readonly string[];
}

/** Modules of Node that can have effects, and what of each can not. */
const effectful: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'fs',
    words(
      'constants existsSync lstatSync statSync fstatSync readFileSync readSync closeSync readdirSync readlinkSync realpathSync accessSync',
    ),
  ],
  ['fs/promises', words('access constants lstat stat readFile readdir readlink realpath')],
  ['worker_threads', words('isMainThread parentPort workerData')],
  ...[
    'child_process',
    'cluster',
    'dgram',
    'dns',
    'dns/promises',
    'http',
    'http2',
    'https',
    'inspector',
    'module',
    'net',
    'repl',
    'sqlite',
    'tls',
    'vm',
    'wasi',
  ].map((name) => [name, new Set<string>()] as const),
]);

/** Packages that only compute. Every other one counts as an effect. */
const pure: ReadonlySet<string> = words(
  'zod uuid jose diff p-retry cockatiel @agentclientprotocol/sdk @secretlint/core @secretlint/secretlint-rule-pattern @secretlint/secretlint-rule-preset-recommend',
);

const globals = words('fetch WebSocket EventSource XMLHttpRequest eval Function require');
const processMembers = words('kill binding _linkedBinding dlopen getBuiltinModule chdir setuid setgid umask');

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Finds what a module can do beside computing. Types do nothing. */
export function scan(file: string, text: string): Scan {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const effects = new Set<string>();
  const imports = new Set<string>();
  const declared = new Set<string>();

  const load = (specifier: string, names: readonly string[]): void => {
    imports.add(specifier);
    if (specifier.startsWith('.')) return;
    const name = specifier.replace(/^node:/, '');
    const harmless = effectful.get(name);
    if (harmless) for (const each of names.filter((used) => !harmless.has(used))) effects.add(`node:${name}.${each}`);
    else if (!isBuiltin(specifier) && !pure.has(packageOf(specifier)) && specifier !== 'vscode')
      effects.add(`package:${packageOf(specifier)}`);
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause;
      if (clause?.isTypeOnly) return;
      const names = clause ? importedNames(clause) : ['*'];
      for (const local of clause ? localNames(clause) : []) declared.add(local);
      if (names.length > 0) load(node.moduleSpecifier.text, names);
      return;
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) && !node.isTypeOnly) {
      const clause = node.exportClause;
      const names =
        clause && ts.isNamedExports(clause)
          ? clause.elements.filter((each) => !each.isTypeOnly).map((each) => (each.propertyName ?? each.name).text)
          : ['*'];
      if (names.length > 0) load(node.moduleSpecifier.text, names);
      return;
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteralLike(specifier)) load(specifier.text, ['*']);
      else effects.add('import of a name that is computed');
    }
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const [object, member] = [node.expression.text, node.name.text];
      if (object === 'process' && processMembers.has(member)) effects.add(`process.${member}`);
      if ((object === 'globalThis' || object === 'global') && globals.has(member)) effects.add(member);
    }
    if (ts.isElementAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const { text: object } = node.expression;
      if (object === 'globalThis' || object === 'global') effects.add(`${object}[…]`);
      if (object === 'process') effects.add('process[…]');
    }
    if (
      (ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)) &&
      node.name &&
      ts.isIdentifier(node.name)
    )
      declared.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);

  const visitNames = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && globals.has(node.text) && !declared.has(node.text) && isReference(node)) effects.add(node.text);
    ts.forEachChild(node, visitNames);
  };
  visitNames(source);
  return { file, source, effects: [...effects].sort(), imports: [...imports].sort() };
}

function importedNames(clause: ts.ImportClause): string[] {
  const bindings = clause.namedBindings;
  const whole = clause.name !== undefined || (bindings && ts.isNamespaceImport(bindings)) ? ['*'] : [];
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.filter((each) => !each.isTypeOnly) : [];
  return [...whole, ...named.map((each) => (each.propertyName ?? each.name).text)];
}

function localNames(clause: ts.ImportClause): string[] {
  const bindings = clause.namedBindings;
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.map((each) => each.name.text) : [];
  return [...(clause.name ? [clause.name.text] : []), ...named];
}

/** Whether an identifier is read as a variable, and not the name of a member. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent)
  ) {
    return parent.name !== node;
  }
  return !ts.isPropertySignature(parent) && !ts.isBindingElement(parent);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
