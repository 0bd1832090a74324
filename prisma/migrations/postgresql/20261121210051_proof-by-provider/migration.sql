-- AlterTable
ALTER TABLE "oauth_attempts" ADD COLUMN     "session_id" TEXT,
ADD COLUMN     "typed" TEXT;
