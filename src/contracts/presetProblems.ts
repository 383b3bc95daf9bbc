import {
  applyEdits,
  findNodeAtLocation,
  modify,
  parseTree,
  printParseErrorCode,
  type JSONPath,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import type { z } from 'zod';
import { isScope, presetSchema, type Preset } from './preset.ts';

const formattingOptions = { tabSize: 2, insertSpaces: true, eol: '\n' };

/** Something a person can press to put it right. `text` is the whole file afterwards. */
export interface PresetFix {
  readonly title: string;
  readonly text: string;
}

/** What is wrong in the text of a preset, and where: UTF-16 units from its start. */
export interface PresetProblem {
  readonly code: 'not-json' | 'bad-value' | 'unknown-field' | 'missing-field' | 'id-taken';
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly fixes: readonly PresetFix[];
}

export type ReadPreset =
  { readonly ok: true; readonly preset: Preset } | { readonly ok: false; readonly problems: readonly PresetProblem[] };

/** Values that make a missing field whole and loosen nothing. */
const sensible: Readonly<Record<string, unknown>> = {
  id: 'my-preset',
  title: 'My Preset',
  description: 'Say in a sentence what it is for.',
  domain: 'code',
  agents: [
    { role: 'coder', title: 'Coder', scopes: ['file.read', 'file.list', 'model.call'], instructions: 'Say what the agent is to do.' },
  ],
  tools: [],
  costUsd: { from: 0.1, to: 0.5 },
  minutes: { from: 2, to: 10 },
  risk: 'medium',
  guardrails: ['tests_required', 'security_scan'],
  critics: ['code'],
  test: ['npm', 'test'],
  role: 'coder',
  scopes: ['file.read', 'file.list', 'model.call'],
  instructions: 'Say what the agent is to do.',
  from: 0,
  to: 1,
};

/** Reads the text of a preset: strict JSON, every field known. Never throws. */
export function readPreset(text: string): ReadPreset {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [broken] = errors;
  if (broken || !root) {
    const { offset, length } = broken ?? { offset: 0, length: 0 };
    const what = broken ? printParseErrorCode(broken.error) : 'ValueExpected';
    return { ok: false, problems: [{ code: 'not-json', message: `this is not JSON: ${words(what)}`, offset, length, fixes: [] }] };
  }
  const twins = doubled(root);
  if (twins.length > 0) return { ok: false, problems: twins };
  const parsed = presetSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, text, root)) };
  const unknown = unknownScopes(parsed.data, text, root);
  return unknown.length === 0 ? { ok: true, preset: parsed.data } : { ok: false, problems: unknown };
}

/** The problem of a preset whose id another one has, with a free id to take. */
export function idTaken(text: string, id: string, holder: string, taken: ReadonlySet<string>): PresetProblem {
  const root = parseTree(text);
  const free = freeId(id, taken);
  const title = `Take the free id \`${free}\``;
  return {
    code: 'id-taken',
    message: `the id \`${id}\` is taken by ${holder}, which comes first; choose another one`,
    ...placeOf(root && findNodeAtLocation(root, ['id'])),
    fixes: [{ title, text: change(text, ['id'], free) }],
  };
}

/** `build-copy`, `build-copy-2`, … whatever is not taken yet, within the length an id may have. */
export function freeId(id: string, taken: ReadonlySet<string>): string {
  const stem = id.replace(/-copy(-\d+)?$/, '').slice(0, 22);
  for (let count = 1; ; count += 1) {
    const candidate = `${stem}-copy${count === 1 ? '' : `-${count}`}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The text of a preset with another id and a title of its own; the rest stays as it was written. */
export function duplicateText(text: string, id: string, title: string): string {
  return change(change(text, ['id'], id), ['title'], `${title.slice(0, 35)} Copy`);
}

/** Line of an offset, counted from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function problemsOf(issue: z.core.$ZodIssue, text: string, root: Node): readonly PresetProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const at = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      code: 'unknown-field',
      message: `\`${[...path, key].join('.')}\` is no field of a preset; remove it`,
      ...keyPlace(root, [...path, key]),
      fixes: [{ title: `Remove \`${key}\``, text: change(text, [...path, key], undefined) }],
    }));
  }
  const node = findNodeAtLocation(root, path);
  const key = path.at(-1);
  if (node === undefined && typeof key === 'string') {
    const value = sensible[key];
    return [
      {
        code: 'missing-field',
        message: `\`${at}\` is missing; add it`,
        ...openingOf(findNodeAtLocation(root, path.slice(0, -1)) ?? root),
        fixes: value === undefined ? [] : [{ title: `Add \`${key}\``, text: change(text, path, value) }],
      },
    ];
  }
  return [
    {
      code: 'bad-value',
      message: at === '' ? issue.message : `\`${at}\`: ${issue.message}`,
      ...placeOf(node),
      fixes: fixesOf(text, path, node),
    },
  ];
}

/** A scope that no action can ever match would be a role that silently may not do its work. */
function unknownScopes({ agents }: Preset, text: string, root: Node): readonly PresetProblem[] {
  return agents.flatMap(({ scopes }, agent) =>
    scopes.flatMap((scope, index) => {
      if (isScope(scope)) return [];
      const path = ['agents', agent, 'scopes', index];
      const node = findNodeAtLocation(root, path);
      const message = `${JSON.stringify(scope)} is no scope: it begins with a kind of action, such as \`file.read\` or \`file.write:test/**\``;
      return [{ code: 'bad-value', message, ...placeOf(node), fixes: fixesOf(text, path, node) } as const];
    }),
  );
}

/** A value in a list can go, as long as it is not the last one of it. */
function fixesOf(text: string, path: JSONPath, node: Node | undefined): readonly PresetFix[] {
  const index = path.at(-1);
  if (typeof index !== 'number' || node?.type !== 'string' || (node.parent?.children?.length ?? 0) < 2) return [];
  return [{ title: `Remove ${JSON.stringify(node.value)}`, text: change(text, path, undefined) }];
}

/** JSON keeps the last of two like fields, and a person reads the first. */
function doubled(node: Node): readonly PresetProblem[] {
  const seen = new Set<unknown>();
  const here: PresetProblem[] = [];
  for (const property of node.type === 'object' ? (node.children ?? []) : []) {
    const [key] = property.children ?? [];
    if (key && seen.has(key.value))
      here.push({
        code: 'bad-value',
        message: `the field \`${String(key.value)}\` is there twice; remove one`,
        ...placeOf(key),
        fixes: [],
      });
    seen.add(key?.value);
  }
  return [...here, ...(node.children ?? []).flatMap(doubled)];
}

function change(text: string, path: JSONPath, value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

function placeOf(node: Node | undefined): { readonly offset: number; readonly length: number } {
  return { offset: node?.offset ?? 0, length: node?.length ?? 1 };
}

function keyPlace(root: Node, path: JSONPath): { readonly offset: number; readonly length: number } {
  return placeOf(findNodeAtLocation(root, path)?.parent?.children?.[0]);
}

/** Only the brace: a whole object underlined says nothing. */
function openingOf(node: Node): { readonly offset: number; readonly length: number } {
  return { offset: node.offset, length: 1 };
}

/** `CommaExpected` → `comma expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
