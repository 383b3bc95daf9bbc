import { hostname } from 'node:os';
import { sha256 } from '../base/digest.ts';

/** Names a workspace for budgets, ledger and leases: the machine and the repository's common directory, else the folder. */
export function workspaceIdOf(commonDirOrFolder: string): string {
  return sha256(`gonogo-workspace-v1\n${hostname()}\n${commonDirOrFolder}`).slice(0, 32);
}
