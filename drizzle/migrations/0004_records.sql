CREATE TABLE "erasures" (
	"receipt_id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"person_hash" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"erased_at" timestamp (3) with time zone NOT NULL,
	"counts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "records" (
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"seq" bigint NOT NULL,
	"body" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "records_tenant_id_user_id_kind_id_pk" PRIMARY KEY("tenant_id","user_id","kind","id")
);
--> statement-breakpoint
CREATE INDEX "erasures_person" ON "erasures" USING btree ("tenant_id","person_hash","erased_at");