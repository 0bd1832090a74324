-- AlterTable
ALTER TABLE "oauth_attempts" ADD COLUMN "session_id" TEXT;
ALTER TABLE "oauth_attempts" ADD COLUMN "typed" TEXT;
