// Applies the migrations to the database named and prints which: to be started several times at once, and killed.
import { applyMigrations } from '../../src/platform/migrations.ts'

console.log(JSON.stringify(await applyMigrations(process.argv[2] ?? '')))
