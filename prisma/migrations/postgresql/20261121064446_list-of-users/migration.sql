-- By their bytes, whatever the language of the database: as SQLite compares them, and so that the beginning of an address is
-- a range of its index.
ALTER TABLE "users" ALTER COLUMN "email" TYPE TEXT COLLATE "C", ALTER COLUMN "username" TYPE TEXT COLLATE "C";

-- CreateIndex
CREATE INDEX "users_role_created_at_id_idx" ON "users"("role", "created_at", "id");

-- CreateIndex
CREATE INDEX "users_role_email_idx" ON "users"("role", "email");

-- CreateIndex
CREATE INDEX "users_is_active_created_at_id_idx" ON "users"("is_active", "created_at", "id");

-- CreateIndex
CREATE INDEX "users_is_active_email_idx" ON "users"("is_active", "email");
