/** A call that turns data into code or into a shell command line. */
interface CallPattern {
  /** As a person would name it. */
  readonly call: string;
  /** Global; runs over text whose comments and strings are blank, but whose quotes stand. */
  readonly regex: RegExp;
  /** Only in a file that says this somewhere. */
  readonly onlyWith?: RegExp;
}

export interface Language {
  readonly syntax: 'javascript' | 'python' | 'other';
  readonly calls: readonly CallPattern[];
  /** One match for each test case. */
  readonly testCase: RegExp;
  /** One match for each test that is left out, or that leaves the others out. */
  readonly muted: RegExp;
}

const childProcess = /['"](?:node:)?child_process['"]/;
/** Not a plain string, which nobody can add words to; the text is masked, so a plain template is blank. */
const computed = '\\s*\\(\\s*(?!(?:[\'"][^\'"\\n]*[\'"]|`\\s*`)\\s*[,)])(?!\\))';

const javascript: Language = {
  syntax: 'javascript',
  calls: [
    { call: 'eval', regex: /(?<![\w$.#])eval\s*(?:\?\.\s*)?\(/g },
    { call: 'eval', regex: /\b(?:window|globalThis|global|self)\s*(?:\?\.|\.)\s*eval\b|\(\s*0\s*,\s*eval\s*\)/g },
    { call: 'new Function', regex: /\bnew\s+Function\s*\(|(?<![\w$.#])Function\s*\(/g },
    { call: 'vm', regex: /\bvm\s*\.\s*(?:runIn\w+|compileFunction|Script)\b|(?<![\w$.#])runIn(?:New|This)?Context\s*\(/g },
    { call: 'a timer with code as text', regex: /(?<![\w$#])set(?:Timeout|Interval)\s*\(\s*['"`]/g },
    { call: 'child_process.exec', regex: new RegExp(`\\b(?:child_process|childProcess)\\s*\\.\\s*exec(?:Sync)?${computed}`, 'g') },
    {
      call: 'child_process.exec',
      regex: new RegExp(`(?:(?<![\\w$.#])|\\b(?:child|cp|proc)\\s*\\.\\s*|\\)\\s*\\.\\s*)exec(?:Sync)?${computed}`, 'g'),
      onlyWith: childProcess,
    },
  ],
  testCase: /(?<![\w$.])(?:it|test)(?:\s*\.\s*(?:each|only|skip|concurrent|failing|todo)\b[^;\n]{0,200}?)?\s*\(|\bt\.test\s*\(/g,
  muted:
    /(?<![\w$])(?:it|test|describe|suite|context|t)\s*\.\s*(?:skip|only|todo)\b|(?<![\w$.])(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|[{,]\s*(?:skip|only|todo)\s*:\s*(?:true|['"`])/g,
};

const python: Language = {
  syntax: 'python',
  calls: [
    { call: 'eval', regex: /(?<![\w.])(?<!\bdef\s{1,4})(?:builtins\s*\.\s*)?eval\s*\(/g },
    { call: 'exec', regex: /(?<![\w.])(?<!\bdef\s{1,4})(?:builtins\s*\.\s*)?exec\s*\(/g },
    { call: 'os.system', regex: /\bos\s*\.\s*(?:system|popen\d?)\s*\(|\bcommands\s*\.\s*getoutput\s*\(/g },
    { call: 'a subprocess with a shell', regex: /\bshell\s*=\s*True\b/g },
    { call: 'pickle', regex: /\b(?:c?[pP]ickle|dill|marshal|shelve|jsonpickle)\s*\.\s*(?:loads?|open|decode|Unpickler)\s*\(/g },
    { call: 'yaml.load', regex: /\byaml\s*\.\s*(?:unsafe_load(?:_all)?\s*\(|load(?:_all)?\s*\((?![^)\n]{0,200}Safe))/g },
  ],
  testCase: /^[ \t]*(?:async[ \t]+)?def[ \t]+test\w*/gm,
  muted: /@(?:pytest\s*\.\s*mark|unittest)\s*\.\s*(?:skip|xfail|expectedFailure)\w*|\b(?:pytest\s*\.\s*skip|self\s*\.\s*skipTest)\s*\(/g,
};

const none = /(?!)/g;
/** Code we count as source, but know no calls of. */
const other: Language = { syntax: 'other', calls: [], testCase: none, muted: none };

const languages: readonly (readonly [extensions: readonly string[], language: Language])[] = [
  [['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx', 'vue', 'svelte'], javascript],
  [['py', 'pyw'], python],
  [['go', 'rs', 'java', 'kt', 'scala', 'rb', 'php', 'c', 'cc', 'cpp', 'h', 'hpp', 'cs', 'swift', 'dart', 'ex', 'exs', 'lua'], other],
];

/** `undefined` for what is not source code. */
export function languageOf(path: string): Language | undefined {
  const extension = /\.([A-Za-z]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return languages.find(([extensions]) => extensions.includes(extension))?.[1];
}

const testPath =
  /(?:^|\/)(?:tests?|__tests__|spec|specs)\/|\.(?:test|spec)\.[A-Za-z]+$|(?:^|\/)test_[^/]*\.py$|(?:^|\/)conftest\.py$|_(?:test|spec)\.[A-Za-z]+$|[a-z]Tests?\.[A-Za-z]+$/;

export function isTestFile(path: string): boolean {
  return languageOf(path) !== undefined && testPath.test(path);
}

/** Code whose change deserves a test: neither a test itself, nor types or a tool's configuration. */
export function isSourceFile(path: string): boolean {
  return languageOf(path) !== undefined && !testPath.test(path) && !/\.d\.[cm]?ts$|(?:^|[/.])config\.[cm]?[jt]s$/.test(path);
}
