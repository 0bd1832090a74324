-- AlterTable
ALTER TABLE "outgoing_mails" ADD COLUMN "cancelled_at" DATETIME;
ALTER TABLE "outgoing_mails" ADD COLUMN "held_until" DATETIME;

-- CreateIndex
CREATE INDEX "outgoing_mails_created_at_id_idx" ON "outgoing_mails"("created_at", "id");
