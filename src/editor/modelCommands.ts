import type { Logger } from '../contracts/logger.ts';
import { commands } from './ids.ts';
import type { ModelSetup } from './modelSetup.ts';
import { registerHandlers } from './registerHandlers.ts';

/** Registers what a person can do about the model. */
export function registerModelCommands(setup: ModelSetup, logger: Logger): Disposable {
  return registerHandlers(
    {
      [commands.setUpModel]: () => setup.setUp(),
      [commands.testModel]: () => setup.test(),
      [commands.forgetModelKey]: () => setup.forgetKey(),
    },
    logger,
  );
}
