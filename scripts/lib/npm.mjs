import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { Problem } from './problem.mjs';

const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH|CERT_\w+|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)\b/;
const refused = /\b(E401|E403|E404|ETARGET|EINTEGRITY|ENOSPC|EACCES|EUSAGE)\b/;

const remedies = {
  E401: 'sign in to the registry with `npm login`',
  E403: 'ask the keeper of the registry for access',
  E404: 'check that the registry holds it (`npm config get registry`)',
  ETARGET: 'check that the registry holds this version (`npm config get registry`)',
  EINTEGRITY: 'run `npm cache clean --force`',
  ENOSPC: 'free some disk space',
  EACCES: 'make the folder writable',
  EUSAGE: 'bring package-lock.json in line with package.json by `npm install --package-lock-only`',
};

/** Path of npm-cli.js: npm is started with a Node of our choice, never through whatever `npm` is on the PATH. */
export function findNpm(env = process.env) {
  const candidates = [env.GONOGO_NPM_CLI, env.npm_execpath];
  const prefix = path.dirname(process.execPath);
  candidates.push(path.join(prefix, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  candidates.push(path.join(prefix, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const command = path.join(folder, 'npm');
    if (existsSync(command)) candidates.push(realpathSync(command));
    candidates.push(path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  }
  const found = candidates.find((file) => file && path.basename(file) === 'npm-cli.js' && existsSync(file));
  if (!found) throw new Problem('npm was not found. Install it (it comes with Node.js from https://nodejs.org) and run the command again.');
  return found;
}

/** Says in one sentence why npm failed, from what it printed. */
export function explainNpmFailure(what, output) {
  const network = unreachable.exec(output);
  if (network)
    return `${what} failed: the package registry cannot be reached (${network[1]}). Check the network, the proxy and \`npm config get registry\`, then run the command again.`;
  const reason = refused.exec(output);
  if (reason) return `${what} failed with ${reason[1]}: ${remedies[reason[1]]}, then run the command again.`;
  const line = output.split('\n').find((text) => /^npm (error|ERR!)/.test(text)) ?? 'npm gave no reason';
  return `${what} failed: ${line.replace(/^npm (error|ERR!)\s*/, '')}. Run \`npm ci\` to see all of it.`;
}

/** Runs npm quietly in `cwd`; a failure becomes a `Problem` that says `what` failed and why. */
export async function runNpm({ node = process.execPath, npmCli, args, cwd, what }) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  // npm's own patience with a registry that does not answer is minutes.
  quiet.push('--prefer-offline', '--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000');
  const child = spawn(node, [npmCli, ...args, ...quiet], { cwd, env: process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-65536)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  if (code !== 0) throw new Problem(explainNpmFailure(what, output));
}
