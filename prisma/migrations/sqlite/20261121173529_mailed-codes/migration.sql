-- AlterTable
ALTER TABLE "one_time_links" ADD COLUMN "code_hash" TEXT;
ALTER TABLE "one_time_links" ADD COLUMN "return_to" TEXT;
