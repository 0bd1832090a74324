-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN "count" INTEGER NOT NULL DEFAULT 1;
