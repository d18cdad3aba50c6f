CREATE INDEX CONCURRENTLY "memories_position_3d" ON "memories" USING gist ("position_3d");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "memories_strong" ON "memories" USING btree ("memory_strength" DESC NULLS FIRST,"semantic_category") WHERE "memories"."memory_strength" > 0.7;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "memories_created_at" ON "memories" USING btree ("created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX CONCURRENTLY "messages_seq" ON "messages" USING btree ("tenant_id","user_id","seq","id");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "messages_sent_at" ON "messages" USING btree ("tenant_id","user_id","sent_at" DESC NULLS FIRST);