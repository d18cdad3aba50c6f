-- Vectors of memories as pgvector knows them, plainly: whoever reads them learns something of what was said. Of one model
-- each index; a model without an index is found by a scan.
CREATE EXTENSION IF NOT EXISTS vector;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "memory_vectors" (
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"message_id" text NOT NULL,
	"model" text NOT NULL,
	"embedding" vector NOT NULL,
	PRIMARY KEY ("tenant_id","user_id","message_id"),
	FOREIGN KEY ("tenant_id","user_id","message_id") REFERENCES "memories" ON DELETE CASCADE
);--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "memory_vectors_use_lite" ON "memory_vectors" USING hnsw (("embedding"::vector(512)) vector_cosine_ops) WITH (m=16, ef_construction=64) WHERE "model" = 'use-lite-en/int8/1';--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "memory_vectors_bge_small" ON "memory_vectors" USING hnsw (("embedding"::vector(384)) vector_cosine_ops) WITH (m=16, ef_construction=64) WHERE "model" = '@cf/baai/bge-small-en-v1.5';
