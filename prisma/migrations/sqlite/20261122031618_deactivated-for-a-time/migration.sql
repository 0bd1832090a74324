-- AlterTable
ALTER TABLE "users" ADD COLUMN "deactivated_until" DATETIME;
ALTER TABLE "users" ADD COLUMN "deactivation_reason" TEXT;

-- CreateIndex
CREATE INDEX "users_deactivated_until_idx" ON "users"("deactivated_until");
