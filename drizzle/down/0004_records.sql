DROP TABLE IF EXISTS "erasures";--> statement-breakpoint
DROP TABLE IF EXISTS "records";
