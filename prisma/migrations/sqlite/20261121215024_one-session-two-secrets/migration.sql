-- AlterTable
ALTER TABLE "sessions" ADD COLUMN "began_as" TEXT;
