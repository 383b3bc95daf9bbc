import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** Names what is being done, measures it and numbers the pictures. */
export class Steps {
  readonly done: Step[] = [];
  readonly screenshots: string[] = [];
  private readonly folder: string;
  private readonly say: (line: string) => void;
  private readonly begun = performance.now();

  /** Empties `folder` of earlier pictures. */
  constructor(folder: string, say: (line: string) => void) {
    this.folder = folder;
    this.say = say;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) if (/^\d\d-.*\.png$/.test(name)) rmSync(path.join(folder, name));
  }

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      const ms = Math.round(performance.now() - started);
      this.done.push({ name, ms });
      this.say(`${((performance.now() - this.begun) / 1000).toFixed(1).padStart(6)} s  ${name} (${ms} ms)`);
    }
  }

  async picture(page: Page, name: string): Promise<void> {
    const file = path.join(this.folder, `${String(this.screenshots.length + 1).padStart(2, '0')}-${name}.png`);
    await page.screenshot({ path: file });
    this.screenshots.push(file);
  }
}
