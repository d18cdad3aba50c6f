DROP INDEX CONCURRENTLY IF EXISTS "messages_sent_at";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "messages_seq";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "memories_created_at";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "memories_strong";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "memories_position_3d";
