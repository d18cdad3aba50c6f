DROP TABLE "memories";--> statement-breakpoint
DROP TABLE "messages";--> statement-breakpoint
DROP TABLE "users";--> statement-breakpoint
DROP TABLE "api_keys";--> statement-breakpoint
DROP TABLE "tenants";
