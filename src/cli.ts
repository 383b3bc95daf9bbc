import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from './base/errors.ts';
import { formatUsd } from './base/money.ts';
import type { KernelApi } from './contracts/kernelApi.ts';
import type { MissionId } from './base/ids.ts';
import { composeKernel } from './kernel/compose.ts';
import { visibleText } from './base/visibleText.ts';
import { storeHome } from './store/home.ts';

const usage = `gonogo reads what GoNoGo has recorded. It decides nothing.

  gonogo health              how the store, sandbox and model are
  gonogo missions            missions of this folder
  gonogo ledger [--mission ID] [--limit N]
                             the newest entries of the ledger

  --json                     one JSON value for machines
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      mission: { type: 'string' },
      limit: { type: 'string', default: '50' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined || rest.length > 0) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Error(`--limit \`${values.limit}\` is not a number from 1 to 1000`);
  const media = fileURLToPath(new URL('../media', import.meta.url));
  const kernel = await composeKernel(
    { home: storeHome(process.env), folders: [process.cwd()], userId: userInfo().username, media, agentScript: '', demoScript: '' },
    (event) => {
      if (event.kind === 'log' && event.level === 'error') process.stderr.write(`${event.message} ${JSON.stringify(event.fields)}\n`);
    },
  );
  try {
    const report = await read(kernel, command, values.mission, limit);
    if (!report) {
      process.stderr.write(`\`${command}\` is not a command; gonogo --help lists them\n`);
      return 2;
    }
    process.stdout.write(values.json ? `${JSON.stringify(report.value)}\n` : report.lines.map((line) => `${visibleText(line)}\n`).join(''));
    return report.code;
  } finally {
    await kernel.shutdown();
  }
}

interface Report {
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly code: number;
}

async function read(kernel: KernelApi, command: string, mission: string | undefined, limit: number): Promise<Report | undefined> {
  switch (command) {
    case 'health': {
      const { health } = await kernel.snapshot();
      const lines = [health.level, ...health.items.map((item) => `  ${item.level.padEnd(9)}  ${item.name}: ${item.message}`)];
      return { value: health, lines, code: health.level === 'unhealthy' ? 1 : 0 };
    }
    case 'missions': {
      const { missions } = await kernel.snapshot();
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
      return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
