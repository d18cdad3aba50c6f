-- What is sealed can only be opened with the keys of the service, never here: it must be plain before its columns go.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM "messages" WHERE "sealed" IS NOT NULL)
    OR EXISTS (SELECT 1 FROM "memories" WHERE "sealed_vector" IS NOT NULL OR "sealed_life" IS NOT NULL)
    OR EXISTS (SELECT 1 FROM "records" WHERE "sealed" IS NOT NULL)
  THEN
    RAISE EXCEPTION 'rows are sealed: put the older Worker in place, run "npm run keys -- unseal", then migrate down';
  END IF;
END $$;--> statement-breakpoint
ALTER TABLE "records" DROP CONSTRAINT IF EXISTS "records_sealed_or_plain";--> statement-breakpoint
ALTER TABLE "messages" DROP CONSTRAINT IF EXISTS "messages_sealed_or_plain";--> statement-breakpoint
ALTER TABLE "memories" DROP CONSTRAINT IF EXISTS "memories_sealed_or_plain";--> statement-breakpoint
ALTER TABLE "records" DROP COLUMN IF EXISTS "sealed";--> statement-breakpoint
ALTER TABLE "messages" DROP COLUMN IF EXISTS "sealed";--> statement-breakpoint
ALTER TABLE "memories" DROP COLUMN IF EXISTS "sealed_life";--> statement-breakpoint
ALTER TABLE "memories" DROP COLUMN IF EXISTS "sealed_vector";--> statement-breakpoint
ALTER TABLE "records" ALTER COLUMN "body" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "content" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "conversation_id" SET NOT NULL;--> statement-breakpoint
DROP TABLE IF EXISTS "user_keys";
