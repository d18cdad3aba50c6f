CREATE TABLE "user_keys" (
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"id" text NOT NULL,
	"key_name" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_keys_tenant_id_user_id_id_pk" PRIMARY KEY("tenant_id","user_id","id")
);
--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "conversation_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "content" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "records" ALTER COLUMN "body" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "sealed_vector" "bytea";--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "sealed_life" "bytea";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_sealed_or_plain" CHECK ((sealed_vector IS NULL OR num_nonnulls(embedding, embedding_scale) = 0) AND num_nonnulls(life, sealed_life) < 2) NOT VALID;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_sealed_or_plain" CHECK (CASE WHEN sealed IS NULL THEN num_nulls(content, conversation_id) = 0
        ELSE num_nonnulls(content, conversation_id, speaker, message_id, metadata, keystrokes) = 0 END) NOT VALID;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_sealed_or_plain" CHECK (num_nonnulls(body, sealed) = 1) NOT VALID;