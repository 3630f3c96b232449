// The thread that writes the file of an embedded queue, with SQLite, so that no commit blocks the event loop. It stands alone, and imports
// nothing but Node: the tests run it as it is written here.
import { DatabaseSync } from 'node:sqlite';
import { chmodSync, closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { FileFault, FileHolder, FileRows, FromThread, ThreadSetup } from './file-rows.js';

const { path, holder, loadAt, port, told } = workerData as ThreadSetup;

/** Marks a file of SQLite as one of ours. */
const APPLICATION = 0x6471_6a62;
const VERSION = 2;
const PRIVATE = 0o600;
/** Another one that starts at the same moment may be about to give up. */
const BUSY_MS = 200;
/** Pages of 4 KiB behind which the log of SQLite is moved into the file. */
const CHECKPOINT_PAGES = 4_000;
const LOG_BYTES = 33_554_432;
const CHUNK = 5_000;
const START_BYTES = 64;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const SLOTS = 'CREATE TABLE slots (id INTEGER PRIMARY KEY, key TEXT, value TEXT, kept_until INTEGER);';
const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
  CREATE TABLE jobs (id INTEGER PRIMARY KEY, tube TEXT, state TEXT, due INTEGER, priority INTEGER, ttr INTEGER, body);
  CREATE TABLE claims (id INTEGER PRIMARY KEY, key TEXT, value TEXT, kept_until INTEGER);
  CREATE TABLE admissions (id INTEGER PRIMARY KEY, key TEXT, value TEXT, kept_until INTEGER);
  ${SLOTS}
  INSERT INTO meta VALUES ('version', ${VERSION}), ('next', 1);
  PRAGMA application_id = ${APPLICATION};
`;

/** Version 1 knew no slots. */
const UPGRADE = `BEGIN; ${SLOTS} UPDATE meta SET value = ${VERSION} WHERE name = 'version'; COMMIT`;
const RECORDS = ['claim', 'admission', 'slot'] as const;

/** Not to be opened as another one, or not at all. */
class Refusal extends Error {
  readonly told: FromThread;

  constructor(told: FromThread) {
    super(told.kind);
    this.told = told;
  }
}

const holderPath = `${path}.holder`;

/** Wakes one who blocks. */
function sign(): void {
  Atomics.add(told, 0, 1);
  Atomics.notify(told, 0);
}

function tell(message: FromThread): void {
  port.postMessage(message, []);
  sign();
}

function faultOf(error: unknown): FileFault {
  const { message, errcode } = error as Error & { readonly errcode?: number };
  return { message, errcode };
}

/** SQLite's lock is the file's: of a process that was killed the system takes it back. Who has it stands beside it. */
function openFile(): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    protect();
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT`);
    const { application_id: application } = db.prepare('PRAGMA application_id').get() ?? {};
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (!isNew && application !== APPLICATION) throw new Refusal({ kind: 'foreign' });
    if (!isNew) check(db);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    if (isNew) db.exec(`BEGIN; ${SCHEMA} COMMIT`);
    const version = Number(db.prepare("SELECT value FROM meta WHERE name = 'version'").get()?.['value']);
    if (version === 1) db.exec(UPGRADE);
    else if (version !== VERSION) throw new Refusal({ kind: 'version', version });
    nameHolder();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function protect(): void {
  try {
    chmodSync(path, PRIVATE);
  } catch {
    // Somebody else's file, with rights that were given on purpose.
  }
}

function check(db: DatabaseSync): void {
  const detail = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (detail !== 'ok') throw new Refusal({ kind: 'damaged', detail: String(detail).replaceAll('\n', ' ') });
}

function nameHolder(): void {
  try {
    writeFileSync(holderPath, JSON.stringify(holder), { mode: PRIVATE });
  } catch {
    // It only says whose the file is.
  }
}

function otherHolder(): FileHolder | undefined {
  try {
    return JSON.parse(readFileSync(holderPath, 'utf8')) as FileHolder;
  } catch {
    return undefined;
  }
}

/** Only of what is no file of SQLite: closing any other would let go of the lock that another queue of this process has. */
function startOf(): string {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(START_BYTES);
    return start.toString('latin1', 0, readSync(fd, start, 0, START_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function refusalOf(error: unknown): FromThread {
  if (error instanceof Refusal) return error.told;
  const fault = faultOf(error);
  switch ((fault.errcode ?? 0) & 0xff) {
    case SQLITE_BUSY:
      return { kind: 'in-use', holder: otherHolder() };
    case SQLITE_NOTADB:
      return { kind: 'foreign', start: startOf() };
    case SQLITE_CORRUPT:
      return { kind: 'damaged', detail: fault.message };
    default:
      return { kind: 'not-opened', fault };
  }
}

function* chunksOf(rows: Iterable<object>): Generator<never> {
  let chunk: unknown[] = [];
  for (const columns of rows) {
    if (chunk.push(Object.values(columns)) < CHUNK) continue;
    yield chunk as never;
    chunk = [];
  }
  yield chunk as never;
}

/** Jobs last: what became of a job decides how it is taken in. */
function load(db: DatabaseSync, now: number): void {
  for (const of of [...RECORDS, 'job'] as const) {
    if (of !== 'job') db.prepare(`DELETE FROM ${of}s WHERE kept_until < ?`).run(now);
    for (const rows of chunksOf(db.prepare(`SELECT * FROM ${of}s ORDER BY id`).iterate()))
      tell({ kind: 'rows', of, rows });
  }
}

/** Writes what one batch changes, as one transaction. */
function committer(db: DatabaseSync): (rows: FileRows) => void {
  const put = db.prepare('INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)');
  const next = db.prepare("UPDATE meta SET value = ? WHERE name = 'next'");
  const jobs = {
    set: db.prepare('UPDATE jobs SET state = ?, due = ?, priority = ? WHERE id = ?'),
    gone: db.prepare('DELETE FROM jobs WHERE id = ?'),
  };
  const records = RECORDS.map((kind) => ({
    kind,
    set: db.prepare(`INSERT OR REPLACE INTO ${kind}s VALUES (?, ?, ?, ?)`),
    gone: db.prepare(`DELETE FROM ${kind}s WHERE id = ?`),
  }));
  return (rows) => {
    db.exec('BEGIN');
    for (const row of rows.puts) put.run(...row);
    for (const row of rows.jobs.set) jobs.set.run(...row);
    for (const id of rows.jobs.gone) jobs.gone.run(id);
    for (const { kind, ...statements } of records) {
      for (const row of rows.records[kind].set) statements.set.run(...row);
      for (const id of rows.records[kind].gone) statements.gone.run(id);
    }
    next.run(rows.next);
    db.exec('COMMIT');
  };
}

function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has done it already.
  }
}

function close(db: DatabaseSync): void {
  // While the file is ours: behind that it may be the next one's.
  rmSync(holderPath, { force: true });
  db.close();
}

function serve(db: DatabaseSync): void {
  if (loadAt !== undefined) load(db, loadAt);
  const commit = committer(db);
  const { value: next } = db.prepare("SELECT value FROM meta WHERE name = 'next'").get() ?? {};
  port.on('message', (rows: FileRows | 'close') => {
    if (rows === 'close') {
      close(db);
      port.close();
      return;
    }
    try {
      commit(rows);
    } catch (error) {
      rollBack(db);
      tell({ kind: 'failed', fault: faultOf(error) });
      return;
    }
    tell({ kind: 'committed' });
  });
  tell({ kind: 'opened', next: Number(next) });
}

let db: DatabaseSync | undefined;
sign();
try {
  db = openFile();
  serve(db);
} catch (error) {
  // Let go of before that is told: whoever hears it may try again at once.
  if (db !== undefined) close(db);
  tell(refusalOf(error));
  port.close();
}
