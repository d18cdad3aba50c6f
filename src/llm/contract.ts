import { z } from '@hono/zod-openapi';

/** From what a text was made: kept and shown with whatever a model wrote. */
export const Provenance = z
  .object({
    model: z.string(),
    template: z.string(),
    template_version: z.string().openapi({ description: 'Hash of all that shapes the prompt.' }),
    inputs: z.array(z.string()).openapi({ description: 'Messages that the model was shown.' }),
    source: z.enum(['model', 'joined', 'l1', 'kv']).openapi({
      description: 'Written for this request, for one made at the same time, or kept by a cache.',
    }),
  })
  .openapi('TextProvenance');
export type Provenance = z.infer<typeof Provenance>;
