-- AlterTable
ALTER TABLE "outgoing_mails" ADD COLUMN     "cancelled_at" TIMESTAMP(3),
ADD COLUMN     "held_until" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "outgoing_mails_created_at_id_idx" ON "outgoing_mails"("created_at", "id");
