// Runs another agent and writes down every line that passes, in both directions: `node tapAgent.mjs <file> <program> [argument …]`.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [file, program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });

function pass(from, to, who) {
  createInterface({ input: from })
    .on('line', (line) => {
      if (line.startsWith('{')) appendFileSync(file, `${JSON.stringify({ who, pid: child.pid, ...JSON.parse(line) })}\n`);
      to.write(`${line}\n`);
    })
    .on('close', () => to !== process.stdout && to.end());
}

pass(process.stdin, child.stdin, 'gonogo');
pass(child.stdout, process.stdout, 'agent');
child.on('close', (code) => process.exit(code ?? 1));
