/** Leaves a row in the log of a new database, says so, and waits to be killed. */
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.argv[2] ?? '');
database.exec("PRAGMA journal_mode = WAL; CREATE TABLE word (text TEXT); INSERT INTO word VALUES ('only in the log')");
process.stdout.write('written\n');
setInterval(() => undefined, 60_000);
