import { z } from '@hono/zod-openapi';
import { INFERENCES } from '../../shared/inferences.ts';

export const AuditAction = z.enum([
  'consent.granted',
  'consent.withdrawn',
  'profile.read',
  'evolution.read',
  'fingerprint.read',
  'emotion.read',
  'response.predicted',
  'decision.recorded',
  'decisions.read',
  'decision.predicted',
  'future-self.read',
  'mirror.chatted',
  'authorship.judged',
  'calibration.read',
  'gaps.read',
  'patterns.read',
  'timeline.read',
  'chat.merged',
  'reconstruction.made',
  'reconstructions.read',
  'reconstruction.judged',
  'dig.started',
  'digs.read',
  'dig.changed',
  'archive.exported',
  'archive.imported',
  'retention.applied',
]);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEntry = z
  .object({
    sequence: z.number().int(),
    at: z.string(),
    action: AuditAction,
    inferences: z.array(z.enum(INFERENCES)).openapi({ description: 'What was allowed, forbidden or shown.' }),
    key_id: z.string().openapi({ description: 'The API key that asked; `retention`: the policy of the tenant.' }),
    request_id: z.string(),
  })
  .openapi('AuditEntry');
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = z.object({ items: z.array(AuditEntry), next: z.string().nullable() }).openapi('AuditPage');
export type AuditPage = z.infer<typeof AuditPage>;
