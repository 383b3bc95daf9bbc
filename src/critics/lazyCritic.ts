import type { Critic } from '../contracts/critic.ts';

/** A critic whose scanners are heavy, loaded when it is first asked. One that cannot load rejects, which is a NO-GO. */
export function lazyCritic(name: string, load: () => Promise<Critic>): Critic {
  let critic: Promise<Critic> | undefined;
  return {
    name,
    async review(files, signal) {
      critic ??= load().catch((error: unknown) => {
        critic = undefined;
        throw error;
      });
      return (await critic).review(files, signal);
    },
  };
}
