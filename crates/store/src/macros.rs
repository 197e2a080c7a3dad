//! One query text, two drivers.

/// Evaluates an expression with the transaction's connection, whichever driver it belongs to.
macro_rules! on {
    ($tx:expr, $conn:ident => $body:expr) => {
        match &mut $tx.inner {
            $crate::tx::Inner::Sqlite(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
            $crate::tx::Inner::Postgres(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
        }
    };
}

/// Runs a statement and gives the number of rows it changed.
macro_rules! exec {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::macros::on!($tx, conn => sqlx::query($sql)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected()))
            .map_err($crate::Error::from)
    };
}

/// Fetches exactly one row.
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::macros::on!($tx, conn => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(conn).await)
            .map_err($crate::Error::from)
    };
}

/// Fetches one row or none.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::macros::on!($tx, conn => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(conn).await)
            .map_err($crate::Error::from)
    };
}

/// Fetches every row; the statement bounds how many there can be.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::macros::on!($tx, conn => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(conn).await)
            .map_err($crate::Error::from)
    };
}

/// Inserts many rows with as few statements as the drivers' limits on binds allow.
///
/// `insert_many!(tx, "INSERT INTO t (a, b) ", rows, |row| row.a, row.b)`; the text after the
/// columns may be followed by `=> " ON CONFLICT …"`.
macro_rules! insert_many {
    ($tx:expr, $head:expr, $rows:expr, |$row:ident| $($bind:expr),+ $(,)? $(=> $tail:expr)?) => {{
        let rows = $rows;
        let mut inserted: u64 = 0;
        for chunk in rows.chunks($crate::macros::ROWS_PER_INSERT) {
            inserted += $crate::macros::on!($tx, conn => {
                let mut query = sqlx::QueryBuilder::new($head);
                query.push_values(chunk, |mut values, $row| { $(values.push_bind($bind);)+ });
                $(query.push($tail);)?
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })
            .map_err($crate::Error::from)?;
        }
        inserted
    }};
}

/// Whether the recommendation of item `i` of campaign `c` is in view (`domain::InView`), as SQL.
///
/// Where an item is to be judged first, any Approve or Revoke brings the recommendation into view, and it stays there: taking the
/// answer back does not make what was seen unseen. An Escalate passes the question on and judges nothing.
macro_rules! in_view {
    () => {
        "CASE WHEN c.recommendations = 'hidden' THEN 'hidden' \
         WHEN i.blind = 1 AND c.state IN ('preparing', 'open') AND i.state IN ('undecided', 'handed_over', 'escalated', 'second_review') \
         AND NOT EXISTS (SELECT 1 FROM decisions y WHERE y.item_id = i.id AND y.answer IN ('approve', 'revoke')) THEN 'after_answer' ELSE 'shown' END"
    };
}

/// Item `i` with the decision `f` that counts now and the decision `d` that measures and teaches, as SQL.
///
/// They are one, except where the item was to be judged first and a person's Approve or Revoke counts now: there the first answer,
/// given before the recommendation was in view, measures and teaches, also where the one that counts is another.
///
/// That both are of the item is said of each, so that a database looks among an item's few decisions. Said of `f` alone,
/// PostgreSQL compares every decision with every item: 2,300 answers took a second.
macro_rules! answers_that_measure {
    () => {
        "items i JOIN decisions d ON d.item_id = i.id JOIN decisions f ON f.id = i.decision_id AND d.id = \
         CASE WHEN i.blind = 1 AND f.origin IN ('person', 'person_blind') AND f.answer <> 'escalate' THEN COALESCE(\
         (SELECT b.id FROM decisions b WHERE b.item_id = i.id AND b.origin = 'person_blind' AND b.answer IN ('approve', 'revoke') ORDER BY b.version LIMIT 1), \
         f.id) ELSE f.id END"
    };
}

/// When the Revoke `d` of item `i` turned out to be wrong, as SQL; null where it did not: access that was removed by it was asked
/// for again and granted within `$1` microseconds of the proof that it was gone. `f` is the decision that counts now, which
/// ordered the removal.
///
/// What a rule, a synchronisation or nothing explains does not count: nobody asked for it. Nor does what somebody put right at the
/// source since, or revoked again where it was asked about anew.
macro_rules! reversed_at {
    () => {
        "CASE WHEN d.answer = 'revoke' AND f.answer = 'revoke' AND f.origin IN ('person', 'person_blind', 'person_bulk') THEN \
         (SELECT MIN(n.raised_at) FROM orders o JOIN findings n ON n.order_id = o.id WHERE o.decision_id = f.id AND o.state = 'proven' \
         AND n.kind IN ('returned', 'regranted') AND n.explanation = 'approved_request' AND n.raised_at <= o.proven_at + $1 \
         AND (n.outcome IS NULL OR n.outcome = 'accepted') \
         AND NOT EXISTS (SELECT 1 FROM items a JOIN decisions q ON q.id = a.decision_id WHERE a.id = n.asked_item_id AND q.answer = 'revoke')) END"
    };
}

/// Rows in one multi-row insert. SQLite allows 32,766 binds in a statement, PostgreSQL 65,535; no table has 60 columns.
pub const ROWS_PER_INSERT: usize = 500;

pub(crate) use {answers_that_measure, exec, fetch_all, fetch_one, fetch_optional, in_view, insert_many, on, reversed_at};
