import { messageOf } from '../base/errors.ts';
import type { AgentCard } from '../contracts/agent.ts';
import type { HealthItem } from '../contracts/health.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';
import type { KillSwitch } from '../contracts/killSwitches.ts';
import type { SandboxHealth } from '../contracts/sandbox.ts';

export interface KernelHealthFacts {
  readonly storeFailure: unknown;
  readonly sandbox: SandboxHealth;
  /** `undefined` where nobody has sent any: a terminal only reads. */
  readonly settings: KernelSettings | undefined;
  /** Why the demo model could not start. */
  readonly demoProblem: string | undefined;
  /** The model's server wants a key, as far as can be told, and has none. */
  readonly keyMissing?: boolean;
  /** The preferred one, once it was looked at. */
  readonly agent?: AgentCard | undefined;
  readonly presetProblems: readonly string[];
  readonly switches: readonly KillSwitch[];
}

/** The kernel's part of the health report, most important first. */
export function kernelHealth(facts: KernelHealthFacts): readonly HealthItem[] {
  const { settings, sandbox } = facts;
  const items: HealthItem[] = [];
  if (facts.storeFailure === undefined)
    items.push({ name: 'Store', level: 'healthy', message: 'Decisions, budgets and the ledger are kept.' });
  else
    items.push({
      name: 'Store',
      level: 'unhealthy',
      message: `The last change could not be written (${messageOf(facts.storeFailure)}), so nothing is allowed. Free space or mend the disk; it goes on by itself.`,
    });
  for (const pulled of facts.switches) {
    items.push({
      name: 'Stop',
      level: 'degraded',
      message: `Everything is stopped by ${pulled.by}: ${pulled.reason}. Resume in Show Approvals.`,
    });
  }
  items.push(
    sandbox.available
      ? { name: 'Sandbox', level: 'healthy', message: `Tests run in ${sandbox.isolation}.` }
      : { name: 'Sandbox', level: 'degraded', message: `Tests do not run: ${sandbox.reason}` },
  );
  for (const problem of facts.presetProblems) items.push({ name: 'Preset', level: 'degraded', message: problem });
  if (!settings) return items;
  if (facts.agent) items.push(agentHealth(facts.agent));
  if (facts.demoProblem !== undefined) items.push({ name: 'Model', level: 'unhealthy', message: facts.demoProblem });
  else if (settings.demo)
    items.push({ name: 'Model', level: 'healthy', message: 'DEMO: a script that costs nothing and sends nothing anywhere.' });
  else if (settings.upstream && facts.keyMissing === true)
    items.push({
      name: 'Model',
      level: 'degraded',
      message: `${settings.upstream.model} at ${settings.upstream.baseUrl} has no key in this window. Run GoNoGo: Set Up Model… to give it one.`,
    });
  else if (settings.upstream)
    items.push({ name: 'Model', level: 'healthy', message: `${settings.upstream.model} at ${settings.upstream.baseUrl}.` });
  else
    items.push({
      name: 'Model',
      level: 'degraded',
      message: 'No model is set. Run GoNoGo: Set Up Model…, or turn gonogo.models.demo on.',
    });
  if (!settings.trusted)
    items.push({
      name: 'Trust',
      level: 'degraded',
      message: 'This workspace is not trusted: GoNoGo reads and explains, and does nothing.',
    });
  return items;
}

function agentHealth({ title, version, program, problem, hint, warnings }: AgentCard): HealthItem {
  if (problem !== undefined) return { name: 'Agent', level: 'degraded', message: problem };
  const what = `${title}${version === undefined ? '' : ` ${version}`}${program === undefined ? '' : ` at ${program}`}.`;
  return { name: 'Agent', level: 'healthy', message: [what, ...(hint === undefined ? [] : [hint]), ...warnings].join(' ') };
}
