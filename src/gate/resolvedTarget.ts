import { resolveInside, type InsidePath, type PathProblem } from '../base/resolveInside.ts';
import type { Result } from '../base/result.ts';
import type { Action } from '../contracts/action.ts';

const resolved = new WeakMap<Action, { readonly root: string; readonly target: Promise<Result<InsidePath, PathProblem>> }>();

/** Where the path of an action really leads below `root`. Looked up once for each action, however many checks ask. */
export function resolvedTarget(action: Action, root: string): Promise<Result<InsidePath, PathProblem>> {
  const known = resolved.get(action);
  if (known?.root === root) return known.target;
  const target = resolveInside(root, action.cwd, action.resource);
  resolved.set(action, { root, target });
  return target;
}
