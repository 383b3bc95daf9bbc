import { z } from 'zod';

// zod compiles schemas with `new Function` where it may; the page's policy forbids it and would report the attempt.
// This module must be imported before any that builds a schema.
z.config({ jitless: true });
