CREATE INDEX CONCURRENTLY "memories_unsealed" ON "memories" USING btree ("tenant_id","user_id","message_id") WHERE embedding IS NOT NULL OR life IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "messages_unsealed" ON "messages" USING btree ("tenant_id","user_id","id") WHERE sealed IS NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "records_unsealed" ON "records" USING btree ("tenant_id","user_id","kind","id") WHERE sealed IS NULL;--> statement-breakpoint
ALTER TABLE "messages" VALIDATE CONSTRAINT "messages_sealed_or_plain";--> statement-breakpoint
ALTER TABLE "memories" VALIDATE CONSTRAINT "memories_sealed_or_plain";--> statement-breakpoint
ALTER TABLE "records" VALIDATE CONSTRAINT "records_sealed_or_plain";
