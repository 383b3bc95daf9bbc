import { parentPort } from 'node:worker_threads';
import { CodedError } from '../../../src/base/errors.ts';
import { serveRpc } from '../../../src/base/rpc.ts';

/** What is served; `secret` is there and not on the list. */
const served = ['add', 'refuse', 'breakAtOnce', 'breakPlainly', 'answerFunction', 'never', 'announce', 'exit', 'crash'] as const;

const api = {
  add: (a: number, b: number) => Promise.resolve(a + b),
  refuse: () => Promise.reject(new CodedError('too-much', 'the amount `7` is too much; take less')),
  breakAtOnce: (): Promise<void> => {
    throw new CodedError('at-once', 'broken before there was a promise');
  },
  breakPlainly: () => Promise.reject(new TypeError('plain')),
  answerFunction: () => Promise.resolve((): number => 1),
  never: () => new Promise<void>(() => undefined),
  announce: (what: string) => {
    server.emit({ what });
    return Promise.resolve();
  },
  exit: (code: number): Promise<void> => process.exit(code),
  crash: (): Promise<void> => {
    setImmediate(() => {
      throw new Error('crashed');
    });
    return new Promise(() => undefined);
  },
  secret: () => Promise.resolve('not for you'),
};

export type WorkerApi = typeof api;

if (!parentPort) throw new Error('this file is a worker');
const server = serveRpc<WorkerApi>(parentPort, api, served);
