import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { systemCode } from '../base/errors.ts';

/** The newest checkpoint in a file outside the database: replaced whole, durable before it returns. */
export class OutsideFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @returns `undefined` where there is none. @throws when it is there and cannot be read */
  read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  write(note: string): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${process.pid}.${randomBytes(6).toString('hex')}`;
    try {
      const file = openSync(draft, 'wx', 0o600);
      try {
        writeSync(file, note);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, this.path);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}
