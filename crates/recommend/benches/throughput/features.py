"""The features of the recommend crate's facts, in DuckDB on one thread.

Arguments: the folder of tables, the time of judging in microseconds. Prints {"seconds": ..., "rows": ...} for the
features alone, in processor time; loading the tables is not counted. The strictest part of the facts is left out here (the middle habit of
the other users and the rhythm of use), so DuckDB does somewhat less than what it is compared with.
"""

import json
import sys
import time

import duckdb

folder, as_of = sys.argv[1], int(sys.argv[2])
DAY = 86_400_000_000
db = duckdb.connect()
db.execute("SET threads = 1")
for table in ("people", "entitlements", "grants", "usage", "decisions", "duties"):
    db.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder}/{table}.csv', header = true)")

FEATURES = f"""
CREATE TABLE facts AS
WITH peers AS (
    SELECT *, status = 'guest' AS guest,
           (status IN ('active', 'leave', 'guest') AND emergency = 0
            AND (finish IS NULL OR finish > {as_of} OR start >= finish)) AS peer
    FROM people
),
held AS (SELECT DISTINCT person, entitlement FROM grants),
member AS (SELECT h.entitlement, p.* FROM held h JOIN peers p USING (person)),
of_title AS (SELECT guest, department, title, count(*) FILTER (peer) AS size FROM peers GROUP BY ALL),
of_department AS (SELECT guest, department, count(*) FILTER (peer) AS size FROM peers GROUP BY ALL),
of_manager AS (SELECT guest, manager, count(*) FILTER (peer) AS size FROM peers GROUP BY ALL),
of_all AS (SELECT guest, count(*) FILTER (peer) AS size FROM peers GROUP BY ALL),
held_title AS (SELECT entitlement, guest, department, title, count(*) AS n FROM member WHERE peer AND title IS NOT NULL GROUP BY ALL),
held_department AS (SELECT entitlement, guest, department, count(*) AS n FROM member WHERE peer AND department IS NOT NULL GROUP BY ALL),
held_manager AS (SELECT entitlement, guest, manager, count(*) AS n FROM member WHERE peer AND manager IS NOT NULL GROUP BY ALL),
held_all AS (SELECT entitlement, guest, count(*) AS n FROM member WHERE peer GROUP BY ALL),
home AS (
    SELECT entitlement, arg_max(department, (n * 1000000 / size, size)) AS department
    FROM held_department JOIN of_department USING (guest, department) WHERE size >= 3 GROUP BY entitlement
),
holders AS (SELECT entitlement, count(*) AS n FROM held GROUP BY ALL),
used AS (
    SELECT person, entitlement, max(last_used) AS last_used, max(days_used) AS days_used, max(window_days) AS window_days,
           min(grain) AS grain
    FROM usage GROUP BY ALL
),
lately AS (SELECT entitlement, last_used FROM used WHERE grain = 'entitlement' AND last_used IS NOT NULL),
in_step AS (
    SELECT u.person, u.entitlement, n_to - n_from AS near
    FROM (SELECT person, entitlement, last_used,
                 count(*) OVER (PARTITION BY entitlement ORDER BY last_used RANGE BETWEEN UNBOUNDED PRECEDING AND {21 * DAY} FOLLOWING) AS n_to,
                 count(*) OVER (PARTITION BY entitlement ORDER BY last_used RANGE BETWEEN UNBOUNDED PRECEDING AND {21 * DAY} PRECEDING) AS n_from
          FROM used WHERE grain = 'entitlement' AND last_used IS NOT NULL) u
),
active AS (SELECT person, max(last_used) AS at FROM usage GROUP BY ALL),
newest AS (SELECT person, max(granted) AS at FROM grants GROUP BY ALL),
past AS (
    SELECT person, entitlement,
           max(decided) FILTER (answer = 'approve' AND how NOT IN ('Default', 'Exception')) AS approved,
           max(decided) FILTER (answer = 'approve' AND how = 'Exception') AS excepted,
           max(decided) FILTER (answer = 'revoke' AND how <> 'Default') AS revoked
    FROM decisions WHERE decided <= {as_of} GROUP BY ALL
),
copies AS (SELECT person, entitlement, count(*) AS n, min(granted) AS since FROM grants GROUP BY ALL),
conflict AS (
    SELECT h.person, h.entitlement, list((d.rule, d.other) ORDER BY d.rule, d.other) AS duties
    FROM held h JOIN duties d USING (entitlement) JOIN held o ON o.person = h.person AND o.entitlement = d.other
    WHERE d.other <> d.entitlement GROUP BY ALL
)
SELECT g.grant_no, p.status, p.start, p.changed, p.finish, a.at AS active, n.at AS newest, m.status AS manager_status, m.finish AS manager_end,
       (p.emergency + e.emergency) > 0 AS emergency, e.sensitivity, o.finish AS owner_end, e.owner = g.person AS owns, g.path, g.granted,
       g.granter = g.person AS self_granted, c.n AS copies, h.n AS holders, h.n = 1 AS last_holder,
       u.last_used, u.days_used, u.window_days, u.grain, s.near,
       CASE WHEN u.last_used IS NULL THEN u.window_days ELSE ({as_of} - u.last_used) / {DAY} END AS idle,
       least(({as_of} - g.granted) / {DAY}, ({as_of} - p.start) / {DAY}) AS held_days, u.last_used > p.changed AS used_since,
       ht.n AS in_title, t.size AS title_size, hd.n AS in_department, d.size AS department_size,
       hm.n AS in_team, mm.size AS team_size, ha.n AS in_all, al.size AS all_size, home.department AS home,
       x.approved, x.excepted, x.revoked, g.granted > x.revoked AS regranted, k.duties
FROM grants g
JOIN peers p USING (person)
JOIN entitlements e USING (entitlement)
JOIN copies c ON c.person = g.person AND c.entitlement = g.entitlement
JOIN holders h ON h.entitlement = g.entitlement
LEFT JOIN people m ON m.person = p.manager
LEFT JOIN people o ON o.person = e.owner
LEFT JOIN active a ON a.person = g.person
LEFT JOIN newest n ON n.person = g.person
LEFT JOIN used u ON u.person = g.person AND u.entitlement = g.entitlement
LEFT JOIN in_step s ON s.person = g.person AND s.entitlement = g.entitlement
LEFT JOIN held_title ht ON ht.entitlement = g.entitlement AND ht.guest IS NOT DISTINCT FROM p.guest AND ht.department = p.department AND ht.title = p.title
LEFT JOIN of_title t ON t.guest IS NOT DISTINCT FROM p.guest AND t.department = p.department AND t.title = p.title
LEFT JOIN held_department hd ON hd.entitlement = g.entitlement AND hd.guest IS NOT DISTINCT FROM p.guest AND hd.department = p.department
LEFT JOIN of_department d ON d.guest IS NOT DISTINCT FROM p.guest AND d.department = p.department
LEFT JOIN held_manager hm ON hm.entitlement = g.entitlement AND hm.guest IS NOT DISTINCT FROM p.guest AND hm.manager = p.manager
LEFT JOIN of_manager mm ON mm.guest IS NOT DISTINCT FROM p.guest AND mm.manager = p.manager
LEFT JOIN held_all ha ON ha.entitlement = g.entitlement AND ha.guest IS NOT DISTINCT FROM p.guest
LEFT JOIN of_all al ON al.guest IS NOT DISTINCT FROM p.guest
LEFT JOIN home ON home.entitlement = g.entitlement
LEFT JOIN past x ON x.person = g.person AND x.entitlement = g.entitlement
LEFT JOIN conflict k ON k.person = g.person AND k.entitlement = g.entitlement
"""

start = time.process_time()
db.execute(FEATURES)
seconds = time.process_time() - start
rows = db.execute("SELECT count(*) FROM facts").fetchone()[0]
grants = db.execute("SELECT count(*) FROM grants").fetchone()[0]
if rows != grants:
    sys.exit(f"{rows} rows of features for {grants} grants: a join repeats rows")
print(json.dumps({"seconds": seconds, "rows": rows}))
