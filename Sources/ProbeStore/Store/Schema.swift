import GRDB

/// The tables of a store: see docs/store-format.md, which documents them as a public format.
enum Schema {
  /// `PRAGMA application_id`: the bytes "prbe".
  static let applicationID = 0x7072_6265
  /// `PRAGMA user_version` of stores that this version writes.
  static let version = 4
  /// Large pages keep a chunk's overflow chain short: point access is five times as fast as with 4 KiB.
  static let pageSize = 65_536

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("v1") { db in
      for statement in v1 { try db.execute(sql: statement) }
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: "PRAGMA user_version = 1")
    }
    migrator.registerMigration("v2") { db in
      // Before there were chat formats, texts were put to the model as they are.
      try db.execute(sql: "ALTER TABLE capture ADD COLUMN chat TEXT NOT NULL DEFAULT 'raw'")
      try db.execute(sql: "PRAGMA user_version = 2")
    }
    migrator.registerMigration("v3") { db in
      for statement in v3 { try db.execute(sql: statement) }
      try db.execute(sql: "PRAGMA user_version = 3")
    }
    migrator.registerMigration("v4") { db in
      // Before texts were tokenized in pieces, each was tokenized as a whole.
      try db.execute(sql: "ALTER TABLE capture ADD COLUMN pieces TEXT NOT NULL DEFAULT 'whole'")
      try db.execute(sql: "PRAGMA user_version = 4")
    }
    return migrator
  }

  private static let v1 = [
    """
    CREATE TABLE corpus (
      id INTEGER PRIMARY KEY,
      digest TEXT NOT NULL UNIQUE,
      path TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE example (
      id INTEGER PRIMARY KEY,
      corpus_id INTEGER NOT NULL REFERENCES corpus (id),
      ordinal INTEGER NOT NULL,
      key TEXT NOT NULL,
      text TEXT,
      token_ids TEXT,
      labels TEXT NOT NULL,
      spans TEXT NOT NULL,
      group_key TEXT,
      split TEXT,
      pair TEXT,
      role TEXT,
      UNIQUE (corpus_id, key),
      UNIQUE (corpus_id, ordinal)
    )
    """,
    """
    CREATE TABLE capture (
      id INTEGER PRIMARY KEY,
      identity TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      corpus_id INTEGER NOT NULL REFERENCES corpus (id),
      model_name TEXT NOT NULL,
      model_architecture TEXT NOT NULL,
      model_path TEXT NOT NULL,
      weights_digest TEXT NOT NULL,
      tokenizer_digest TEXT,
      positions TEXT NOT NULL,
      dtype TEXT NOT NULL,
      sentinel TEXT NOT NULL,
      overflow TEXT NOT NULL,
      numerics_version INTEGER NOT NULL,
      batch_count INTEGER NOT NULL,
      token_count INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      spec TEXT NOT NULL,
      created_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE sequence (
      capture_id INTEGER NOT NULL REFERENCES capture (id),
      example_id INTEGER NOT NULL REFERENCES example (id),
      first_row INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      token_count INTEGER NOT NULL,
      dropped_tokens INTEGER NOT NULL,
      PRIMARY KEY (capture_id, example_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE token (
      capture_id INTEGER NOT NULL,
      example_id INTEGER NOT NULL,
      position INTEGER NOT NULL,
      token_id INTEGER NOT NULL,
      token TEXT,
      start_byte INTEGER,
      end_byte INTEGER,
      is_added INTEGER NOT NULL,
      row INTEGER,
      PRIMARY KEY (capture_id, example_id, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE point (
      id INTEGER PRIMARY KEY,
      capture_id INTEGER NOT NULL REFERENCES capture (id),
      hook TEXT NOT NULL,
      shape TEXT NOT NULL,
      width INTEGER,
      row_bytes INTEGER,
      chunk_rows INTEGER,
      batches_done INTEGER NOT NULL,
      rows_done INTEGER NOT NULL,
      UNIQUE (capture_id, hook)
    )
    """,
    """
    CREATE TABLE chunk (
      id INTEGER PRIMARY KEY,
      point_id INTEGER NOT NULL REFERENCES point (id),
      first_row INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      byte_count INTEGER NOT NULL,
      crc32 INTEGER NOT NULL,
      UNIQUE (point_id, first_row)
    )
    """,
    // Apart from `chunk`, so that a chunk's count and checksum change without rewriting its bytes.
    "CREATE TABLE chunk_data (id INTEGER PRIMARY KEY REFERENCES chunk (id), data BLOB NOT NULL)",
    """
    CREATE TABLE ragged_row (
      point_id INTEGER NOT NULL,
      row INTEGER NOT NULL,
      chunk_id INTEGER NOT NULL,
      byte_offset INTEGER NOT NULL,
      width INTEGER NOT NULL,
      PRIMARY KEY (point_id, row)
    ) WITHOUT ROWID
    """,
    activationView(pooled: "c.positions = 'mean'"),
  ]

  /// Parts of captures, and captures that something else computed.
  private static let v3 = [
    // NULL: captured before plans had digests.
    "ALTER TABLE capture ADD COLUMN plan_digest TEXT",
    "ALTER TABLE capture ADD COLUMN deduplicate INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE capture ADD COLUMN subsample TEXT",
    "ALTER TABLE capture ADD COLUMN shard TEXT",
    "DROP VIEW activation",
    activationView(pooled: "c.positions IN ('mean', 'pooled')"),
  ]

  /// One row per captured token and point; the second part holds points whose rows differ in width, the third
  /// pooled captures, which have one row per example and no token.
  ///
  /// `CROSS JOIN` fixes the order of the loops: from capture, point and example, each by an index, to the token.
  /// Left to itself SQLite scans all tokens for a single vector.
  private static func activationView(pooled: String) -> String {
    """
    CREATE VIEW activation
      (capture, example_key, hook, position, token_id, token, dtype, width, vector) AS
    SELECT c.id, e.key, p.hook, t.position, t.token_id, t.token, c.dtype, p.width,
      substr(d.data, (t.row - k.first_row) * p.row_bytes + 1, p.row_bytes)
    FROM capture c
    CROSS JOIN point p ON p.capture_id = c.id AND p.chunk_rows IS NOT NULL
    CROSS JOIN example e ON e.corpus_id = c.corpus_id
    CROSS JOIN token t ON t.capture_id = c.id AND t.example_id = e.id
    CROSS JOIN chunk k ON k.point_id = p.id AND k.first_row = t.row - t.row % p.chunk_rows
    CROSS JOIN chunk_data d ON d.id = k.id
    WHERE t.position >= 0 AND t.row IS NOT NULL AND t.row < k.first_row + k.row_count
    UNION ALL
    SELECT c.id, e.key, p.hook, t.position, t.token_id, t.token, c.dtype, r.width,
      substr(d.data, r.byte_offset + 1, r.width * CASE c.dtype WHEN 'float32' THEN 4 ELSE 2 END)
    FROM capture c
    CROSS JOIN point p ON p.capture_id = c.id AND p.chunk_rows IS NULL
    CROSS JOIN example e ON e.corpus_id = c.corpus_id
    CROSS JOIN token t ON t.capture_id = c.id AND t.example_id = e.id
    CROSS JOIN ragged_row r ON r.point_id = p.id AND r.row = t.row
    CROSS JOIN chunk_data d ON d.id = r.chunk_id
    WHERE t.position >= 0 AND t.row IS NOT NULL
    UNION ALL
    SELECT c.id, e.key, p.hook, NULL, NULL, NULL, c.dtype, p.width,
      substr(d.data, (s.first_row - k.first_row) * p.row_bytes + 1, p.row_bytes)
    FROM capture c
    CROSS JOIN point p ON p.capture_id = c.id
    CROSS JOIN example e ON e.corpus_id = c.corpus_id
    CROSS JOIN sequence s ON s.capture_id = c.id AND s.example_id = e.id
    CROSS JOIN chunk k ON k.point_id = p.id AND k.first_row = s.first_row - s.first_row % p.chunk_rows
    CROSS JOIN chunk_data d ON d.id = k.id
    WHERE \(pooled) AND s.first_row < k.first_row + k.row_count
    """
  }
}
