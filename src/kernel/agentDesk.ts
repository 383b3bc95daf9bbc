import type { AgentCatalogue } from '../agents/catalogue.ts';
import type { AgentCard } from '../contracts/agent.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';
import type { AgentDesk } from '../missions/missionControl.ts';

/** What a person reads of the agents. In a workspace nobody trusts, which may name one of them, no program is even asked for its version. */
export function agentDesk(catalogue: AgentCatalogue, settings: () => KernelSettings): AgentDesk {
  const inspect: AgentDesk['inspect'] = (id, place): Promise<AgentCard> =>
    settings().trusted ? catalogue.inspect(id, place) : Promise.resolve({ id, title: id, warnings: [] });
  return {
    inspect,
    choice: async () => {
      const { preferred, ask } = settings().agents;
      return { preferred, agents: ask ? await Promise.all(catalogue.ids.map((id) => inspect(id))) : undefined };
    },
  };
}
