-- AlterTable
ALTER TABLE "one_time_links" ADD COLUMN     "code_hash" TEXT,
ADD COLUMN     "return_to" TEXT;
