import * as vscode from 'vscode';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** The program every entry of this window comes through: `gonogo/0.1.0 (Visual Studio Code 1.139.1)`. */
export function userAgent({ packageJSON }: vscode.Extension<unknown>): string {
  return `gonogo/${manifest.parse(packageJSON).version} (${vscode.env.appName} ${vscode.version})`;
}
