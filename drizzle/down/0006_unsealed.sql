DROP INDEX CONCURRENTLY IF EXISTS "records_unsealed";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "memories_unsealed";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "messages_unsealed";
