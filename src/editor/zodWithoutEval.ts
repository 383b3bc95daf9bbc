import { z } from 'zod';

// Before zod compiles schemas it looks at `navigator`, which VS Code writes into its log as an error of this extension.
// This module must be imported before any that builds a schema.
z.config({ jitless: true });
