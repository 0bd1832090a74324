-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN     "batch" INTEGER,
ADD COLUMN     "closes_at" TIMESTAMP(3),
ADD COLUMN     "erasure" TEXT,
ADD COLUMN     "position" INTEGER,
ADD COLUMN     "seal" TEXT;

-- CreateTable
CREATE TABLE "audit_seals" (
    "number" INTEGER NOT NULL,
    "previous" TEXT NOT NULL,
    "sealed_at" TIMESTAMP(3) NOT NULL,
    "newest_at" TIMESTAMP(3) NOT NULL,
    "rows" INTEGER NOT NULL,
    "members" TEXT,
    "content" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "removed_at" TIMESTAMP(3),

    CONSTRAINT "audit_seals_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE INDEX "audit_events_action_at_idx" ON "audit_events"("action", "at");

-- CreateIndex
CREATE INDEX "audit_events_ip_at_idx" ON "audit_events"("ip", "at");

-- CreateIndex
CREATE INDEX "audit_events_batch_at_id_idx" ON "audit_events"("batch", "at", "id");

-- CreateIndex
CREATE INDEX "audit_events_erasure_idx" ON "audit_events"("erasure");
