#!/usr/bin/env python3
"""Compares two activation stores table by table and vector by vector; standard library only.

usage: compare_stores.py STORE STORE

Equal means: the same tables with the same rows in the same order, and the same bytes in every chunk. Left out are the
times of creation and the numbers that SQLite gives to chunks, which follow the order of writing: a chunk is known by
its hook point and first row.
"""
import hashlib
import sqlite3
import sys

LEFT_OUT = {"created_at"}


def contents(path):
    """Rows of every table, sorted, as text; and the name of every chunk."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    chunks = {
        row[0]: f"{row[1]}, {row[2]}, row {row[3]}"
        for row in db.execute(
            "SELECT chunk.id, point.capture_id, point.hook, chunk.first_row FROM chunk"
            " JOIN point ON point.id = chunk.point_id"
        )
    }
    tables = [
        row[0]
        for row in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        )
    ]
    found = {}
    for table in tables:
        cursor = db.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        rows = []
        for values in cursor:
            cells = []
            for name, value in zip(names, values):
                if name in LEFT_OUT:
                    continue
                is_chunk = name == "chunk_id" or name == "id" and table in ("chunk", "chunk_data")
                if is_chunk:
                    value = chunks.get(value, f"no chunk {value}")
                elif isinstance(value, bytes):
                    value = f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
                cells.append(f"{name}={value!r}")
            rows.append("  ".join(cells))
        found[table] = sorted(rows)
    vectors = db.execute(
        "SELECT capture, example_key, hook, position, token_id, dtype, width, vector FROM activation"
    )
    found["view activation"] = sorted(
        repr(row[:-1]) + (hashlib.sha256(row[-1]).hexdigest() if row[-1] is not None else "") for row in vectors
    )
    db.close()
    return found


def main(first, second):
    a, b = contents(first), contents(second)
    complaints = []
    if a.keys() != b.keys():
        complaints.append(f"tables differ: {sorted(a)} and {sorted(b)}")
    for table in sorted(a.keys() & b.keys()):
        only_a = sorted(set(a[table]) - set(b[table]))
        only_b = sorted(set(b[table]) - set(a[table]))
        if only_a or only_b or len(a[table]) != len(b[table]):
            complaints.append(f"{table}: {len(a[table])} and {len(b[table])} rows")
            complaints += [f"  only in {first}: {row[:400]}" for row in only_a[:3]]
            complaints += [f"  only in {second}: {row[:400]}" for row in only_b[:3]]
    if not a["view activation"]:
        complaints.append("there are no vectors to compare")
    if complaints:
        sys.exit("\n".join(["compare_stores: the stores differ"] + complaints))
    rows = sum(len(table) for table in a.values())
    print(f"equal: {len(a) - 1} tables, {rows} rows, {len(a['view activation'])} vectors", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
