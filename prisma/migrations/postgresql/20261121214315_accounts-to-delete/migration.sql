-- AlterTable
ALTER TABLE "users" ADD COLUMN     "deletes_at" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "users_deletes_at_idx" ON "users"("deletes_at");

-- CreateIndex
CREATE INDEX "audit_events_actor_id_at_idx" ON "audit_events"("actor_id", "at");
