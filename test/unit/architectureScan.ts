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
  'zod uuid jose diff jsonc-parser p-retry cockatiel @agentclientprotocol/sdk @secretlint/core @secretlint/secretlint-rule-pattern @secretlint/secretlint-rule-preset-recommend @secretlint/profiler @vscode/tree-sitter-wasm',
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
      if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return;
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

/** A function or method whose first parameter is a permit. */
export interface Door {
  readonly file: string;
  /** `writeFile`, `GitWorktrees.apply`. */
  readonly name: string;
  /** What its permit is handed to: `redeem`, or the name of another function or method. */
  readonly handedTo: readonly string[];
}

/** Every function and method of a module that takes a permit first. */
export function doorsOf({ file, source }: Scan): readonly Door[] {
  const doors: Door[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.body && node.name) {
      const permit = permitOf(node);
      if (permit !== undefined) doors.push({ file, name: nameOf(node), handedTo: handedTo(node.body, permit) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return doors;
}

/** The functions and methods of a module that name `imported`; `module` for what stands outside of them. */
export function usersOf({ source }: Scan, imported: string): readonly string[] {
  const users = new Set<string>();
  const visit = (node: ts.Node, inside: string): void => {
    if (ts.isImportDeclaration(node)) return;
    const here = (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.name ? nameOf(node) : inside;
    if (ts.isIdentifier(node) && node.text === imported) users.add(here);
    ts.forEachChild(node, (child) => visit(child, here));
  };
  visit(source, 'module');
  return [...users];
}

/** Names of what a module exports and can be called: functions, and the public methods of classes that are not set by a port alone. */
export function exportedFunctions({ source }: Scan): readonly string[] {
  return source.statements.flatMap((statement) => {
    const exported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) return [];
    if (ts.isFunctionDeclaration(statement)) return [statement.name?.text ?? 'default'];
    if (ts.isVariableStatement(statement)) {
      const functions = statement.declarationList.declarations.filter(
        ({ initializer }) => initializer && !ts.isLiteralExpression(initializer) && mayBeCalled(initializer),
      );
      return functions.map(({ name }) => name.getText(source));
    }
    if (ts.isClassDeclaration(statement)) {
      const methods = statement.members.filter((member) => ts.isMethodDeclaration(member) && !ts.isPrivateIdentifier(member.name));
      return methods.map((method) => `${statement.name?.text ?? 'default'}.${method.name?.getText(source) ?? ''}`);
    }
    return [];
  });
}

function mayBeCalled(node: ts.Expression): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isCallExpression(node) || ts.isIdentifier(node);
}

/** Whether a module names `mint` in any way. */
export function mints({ source }: Scan): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if ((ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === 'mint') found = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function permitOf(node: ts.FunctionDeclaration | ts.MethodDeclaration): string | undefined {
  const [first] = node.parameters;
  if (!first?.type || !ts.isTypeReferenceNode(first.type) || !ts.isIdentifier(first.name)) return undefined;
  return first.type.typeName.getText() === 'Permit' ? first.name.text : undefined;
}

function nameOf(node: ts.FunctionDeclaration | ts.MethodDeclaration): string {
  const own = node.name?.getText() ?? 'default';
  return ts.isClassDeclaration(node.parent) ? `${node.parent.name?.text ?? 'default'}.${own}` : own;
}

function handedTo(body: ts.Node, permit: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const isPermit = (each: ts.Node | undefined): boolean => each !== undefined && ts.isIdentifier(each) && each.text === permit;
      if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'redeem' && isPermit(callee.expression)) names.push('redeem');
      else if (isPermit(node.arguments[0])) names.push(ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return names;
}
