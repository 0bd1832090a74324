-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN "batch" INTEGER;
ALTER TABLE "audit_events" ADD COLUMN "closes_at" DATETIME;
ALTER TABLE "audit_events" ADD COLUMN "erasure" TEXT;
ALTER TABLE "audit_events" ADD COLUMN "position" INTEGER;
ALTER TABLE "audit_events" ADD COLUMN "seal" TEXT;

-- CreateTable
CREATE TABLE "audit_seals" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "previous" TEXT NOT NULL,
    "sealed_at" DATETIME NOT NULL,
    "newest_at" DATETIME NOT NULL,
    "rows" INTEGER NOT NULL,
    "members" TEXT,
    "content" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "removed_at" DATETIME
);

-- CreateIndex
CREATE INDEX "audit_events_action_at_idx" ON "audit_events"("action", "at");

-- CreateIndex
CREATE INDEX "audit_events_ip_at_idx" ON "audit_events"("ip", "at");

-- CreateIndex
CREATE INDEX "audit_events_batch_at_id_idx" ON "audit_events"("batch", "at", "id");

-- CreateIndex
CREATE INDEX "audit_events_erasure_idx" ON "audit_events"("erasure");
