import { build } from './lib/build.ts';
import { main } from './lib/main.ts';

await main(async () => {
  await build(true);
  return 0;
});
