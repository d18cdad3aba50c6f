DROP INDEX CONCURRENTLY IF EXISTS "records_audit";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "messages_accepted_at";
