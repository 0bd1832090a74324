-- AlterTable
ALTER TABLE "oauth_attempts" ADD COLUMN     "purpose" TEXT;
