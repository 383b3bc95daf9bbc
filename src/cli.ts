import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assertNever } from './base/assertNever.ts';
import { messageOf } from './base/errors.ts';
import { formatUsd } from './base/money.ts';
import type { KernelApi } from './contracts/kernelApi.ts';
import type { MissionId } from './base/ids.ts';
import { composeKernel } from './kernel/compose.ts';
import { visibleText } from './base/visibleText.ts';
import { nativeBinding } from './kernel/nativeBinding.ts';
import { storeHome } from './store/home.ts';
import { ledgerCommand, ledgerUsage, ledgerVerbs } from './terminal/ledgerCommand.ts';

const usage = `gonogo reads what GoNoGo has recorded. It decides nothing.

  gonogo health              how the store, sandbox and model are
  gonogo missions            missions of this folder
  gonogo ledger [--mission ID] [--limit N]
                             the newest entries of the ledger
${ledgerUsage}
  --json                     one JSON value for machines
`;

const commands = ['health', 'missions', 'ledger'] as const;
type Command = (typeof commands)[number];

interface Wish {
  readonly command: Command;
  readonly json: boolean;
  readonly mission: string | undefined;
  readonly limit: number;
}

/** @throws Error with one sentence on what is wrong with the arguments. `undefined` when only help is wanted. */
function parseWish(args: readonly string[]): Wish | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      mission: { type: 'string' },
      limit: { type: 'string', default: '50' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const [name, ...rest] = positionals;
  if (name === undefined) throw new Error('say what you want to read');
  const command = commands.find((each) => each === name);
  if (!command) throw new Error(`\`${name}\` is not a command`);
  if (rest[0] !== undefined) throw new Error(`\`${rest[0]}\` is one word too many`);
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Error(`--limit \`${values.limit}\` is not a number from 1 to 1000`);
  return { command, json: values.json, mission: values.mission, limit };
}

async function main(): Promise<number> {
  const [command, verbText, ...rest] = process.argv.slice(2);
  const verb = ledgerVerbs.find((each) => each === verbText);
  if (command === 'ledger' && verb) return showLedger(verb, rest);
  let wish: Wish | undefined;
  try {
    wish = parseWish(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${visibleText(messageOf(error))}; gonogo --help lists the commands\n`);
    return 2;
  }
  if (!wish) {
    process.stdout.write(usage);
    return 0;
  }
  const media = fileURLToPath(new URL('../media', import.meta.url));
  const kernel = await composeKernel(
    {
      home: storeHome(process.env),
      folders: [process.cwd()],
      userId: userInfo().username,
      userAgent: 'gonogo (terminal)',
      media,
      agentScript: '',
      demoScript: '',
    },
    (event) => {
      if (event.kind === 'log' && event.level === 'error')
        process.stderr.write(`${visibleText(`${event.message} ${JSON.stringify(event.fields)}`)}\n`);
    },
  );
  try {
    const report = await read(kernel, wish);
    process.stdout.write(wish.json ? `${JSON.stringify(report.value)}\n` : report.lines.map((line) => `${visibleText(line)}\n`).join(''));
    return report.code;
  } finally {
    await kernel.shutdown();
  }
}

async function showLedger(verb: (typeof ledgerVerbs)[number], args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  const say = (text: string): void => void process.stdout.write(visibleText(text, { keep: '\n' }));
  return ledgerCommand(verb, args, { home: storeHome(process.env), native: nativeBinding(), say, signal: stop.signal });
}

interface Report {
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly code: number;
}

async function read(kernel: KernelApi, { command, mission, limit }: Wish): Promise<Report> {
  switch (command) {
    case 'health': {
      const { health } = await kernel.snapshot();
      const lines = [health.level, ...health.items.map((item) => `  ${item.level.padEnd(9)}  ${item.name}: ${item.message}`)];
      return { value: health, lines, code: health.level === 'unhealthy' ? 1 : 0 };
    }
    case 'missions': {
      const { missions, health } = await kernel.snapshot();
      const store = health.items.find(({ name, level }) => name === 'Store' && level === 'unhealthy');
      if (store) throw new Error(store.message);
      const lines = missions.map(
        (each) => `${each.id}  ${each.status.padEnd(17)}  ${formatUsd(each.spent).padStart(8)}  ${oneLine(each.goal)}`,
      );
      return { value: missions, lines: lines.length > 0 ? lines : ['No mission in this folder yet.'], code: 0 };
    }
    case 'ledger': {
      const entries = await kernel.ledger({ limit, ...(mission === undefined ? {} : { missionId: mission as MissionId }) });
      const lines = entries.map(
        (entry) =>
          `${String(entry.seq).padStart(6)}  ${new Date(entry.timestamp).toISOString()}  ${entry.result.padEnd(7)}  ${entry.phase.padEnd(8)}  ${entry.action}  ${oneLine(entry.resource)}${entry.reason ? `  (${oneLine(entry.reason)})` : ''}`,
      );
      return { value: entries, lines: lines.length > 0 ? lines : ['The ledger is empty.'], code: 0 };
    }
    default:
      return assertNever(command);
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${visibleText(messageOf(error))}\n`);
  process.exitCode = 1;
}
