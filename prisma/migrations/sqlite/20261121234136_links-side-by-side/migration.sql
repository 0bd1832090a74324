-- DropIndex
DROP INDEX "one_time_links_kind_user_id_key";

-- AlterTable
ALTER TABLE "one_time_links" ADD COLUMN "slot" TEXT;

-- Of those there are, only the newest of a kind counts
UPDATE "one_time_links" SET "slot" = "kind" || ' ' || "user_id";

-- CreateIndex
CREATE UNIQUE INDEX "one_time_links_slot_key" ON "one_time_links"("slot");

-- CreateIndex
CREATE INDEX "one_time_links_user_id_kind_idx" ON "one_time_links"("user_id", "kind");
