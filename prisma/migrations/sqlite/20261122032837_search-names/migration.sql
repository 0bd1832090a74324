-- AlterTable
ALTER TABLE "users" ADD COLUMN "search_name" TEXT;

UPDATE "users" SET "search_name" = lower("display_name") WHERE "display_name" IS NOT NULL;

-- CreateIndex
CREATE INDEX "users_search_name_idx" ON "users"("search_name");

-- CreateIndex
CREATE INDEX "users_email_verified_at_created_at_id_idx" ON "users"("email_verified_at", "created_at", "id");

-- CreateIndex
CREATE INDEX "users_email_verified_at_email_idx" ON "users"("email_verified_at", "email");
