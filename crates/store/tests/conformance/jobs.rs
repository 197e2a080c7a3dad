//! The job queue.

use domain::{JobId, Timestamp};
use std::collections::BTreeSet;
use store::{JobState, NewJob, Store, jobs::backoff, testing};
use uuid::Uuid;

const T: fn(i64) -> Timestamp = |n| Timestamp(n * 1_000_000);

fn job(id: u128, dedupe: Option<&'static str>) -> NewJob<'static> {
    NewJob { id: JobId(Uuid::from_u128(id)), kind: "k", payload: "{}", run_at: T(0), max_attempts: 2, dedupe }
}

async fn add(store: &Store, job: NewJob<'_>) -> bool {
    let mut tx = store.begin().await.unwrap();
    let added = tx.enqueue(&job, T(0)).await.unwrap();
    tx.commit().await.unwrap();
    added
}

#[tokio::test]
async fn a_job_is_claimed_by_one_and_ended_by_its_fence_only() {
    for fresh in testing::each().await.unwrap() {
        add(&fresh.store, job(1, None)).await;
        let mut tx = fresh.store.begin().await.unwrap();
        assert!(tx.job_is_due(T(0)).await.unwrap());
        let first = tx.claim_job("a", T(1), T(10)).await.unwrap().expect("a job");
        assert_eq!((first.state, first.attempts, first.fence, first.holder.as_deref()), (JobState::Running, 1, 1, Some("a")));
        assert!(!tx.job_is_due(T(9)).await.unwrap());
        assert_eq!(tx.claim_job("b", T(9), T(19)).await.unwrap(), None, "it is held");
        assert!(tx.extend_job(first.id, first.fence, T(20)).await.unwrap());
        assert_eq!(tx.claim_job("b", T(19), T(29)).await.unwrap(), None, "it was kept for longer");
        assert!(tx.progress_job(first.id, first.fence, 3, Some(7)).await.unwrap());
        let second = tx.claim_job("b", T(20), T(30)).await.unwrap().expect("the lease ran out");
        assert_eq!((second.id, second.fence, second.progress_done, second.progress_total), (first.id, 2, 3, Some(7)));
        assert!(!tx.complete_job(first.id, first.fence, T(21)).await.unwrap(), "the first worker woke up too late");
        assert!(!tx.extend_job(first.id, first.fence, T(40)).await.unwrap());
        assert!(!tx.progress_job(first.id, first.fence, 9, None).await.unwrap());
        assert_eq!(tx.fail_job(first.id, first.fence, T(21), T(22), "late").await.unwrap(), None);
        assert!(tx.complete_job(second.id, second.fence, T(21)).await.unwrap());
        assert_eq!(tx.job(first.id).await.unwrap().unwrap().state, JobState::Done);
        assert_eq!(tx.jobs(JobState::Done, None, 10).await.unwrap().len(), 1);
        assert_eq!(tx.count_jobs().await.unwrap(), vec![("k".to_owned(), "done".to_owned(), 1)]);
        assert_eq!(tx.delete_jobs_done(T(22)).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_job_that_fails_waits_longer_and_is_dead_at_last() {
    for fresh in testing::each().await.unwrap() {
        add(&fresh.store, job(1, Some("d"))).await;
        let mut tx = fresh.store.begin().await.unwrap();
        let one = tx.claim_job("a", T(1), T(10)).await.unwrap().unwrap();
        assert_eq!(tx.fail_job(one.id, one.fence, T(2), T(5), "first").await.unwrap(), Some(JobState::Waiting));
        assert_eq!(tx.claim_job("a", T(4), T(10)).await.unwrap(), None, "not before its time");
        let two = tx.claim_job("a", T(5), T(15)).await.unwrap().unwrap();
        assert_eq!(tx.fail_job(two.id, two.fence, T(6), T(9), "second").await.unwrap(), Some(JobState::Dead));
        let dead = &tx.jobs(JobState::Dead, None, 10).await.unwrap()[0];
        assert_eq!((dead.last_error.as_deref(), dead.ended_at), (Some("second"), Some(T(6))));
        assert_eq!(tx.claim_job("a", T(100), T(110)).await.unwrap(), None, "dead is dead");
        assert!(tx.revive_job(dead.id, T(100)).await.unwrap());
        assert_eq!(tx.claim_job("a", T(100), T(110)).await.unwrap().unwrap().attempts, 1);
    }
}

#[tokio::test]
async fn a_job_that_ends_its_workers_each_time_is_dead_at_last() {
    for fresh in testing::each().await.unwrap() {
        add(&fresh.store, job(1, None)).await;
        let mut tx = fresh.store.begin().await.unwrap();
        assert!(tx.claim_job("a", T(0), T(1)).await.unwrap().is_some());
        assert!(tx.claim_job("b", T(2), T(3)).await.unwrap().is_some());
        assert_eq!(tx.claim_job("c", T(4), T(5)).await.unwrap(), None);
        assert_eq!(tx.job(JobId(Uuid::from_u128(1))).await.unwrap().unwrap().state, JobState::Dead);
    }
}

#[tokio::test]
async fn who_knows_that_no_worker_lives_need_not_wait_for_leases() {
    for fresh in testing::each().await.unwrap() {
        for id in 1..=3 {
            add(&fresh.store, job(id, None)).await;
        }
        let mut tx = fresh.store.begin().await.unwrap();
        let held = tx.claim_job("a", T(1), T(60)).await.unwrap().unwrap();
        let done = tx.claim_job("a", T(1), T(60)).await.unwrap().unwrap();
        tx.complete_job(done.id, done.fence, T(2)).await.unwrap();
        assert_eq!(tx.end_job_leases(T(3)).await.unwrap(), 1, "of three jobs one waits and one is done");
        let mut again = Vec::new();
        while let Some(job) = tx.claim_job("b", T(3), T(63)).await.unwrap() {
            again.push((job.id, job.fence));
        }
        again.sort();
        assert_eq!(again, [(held.id, 2), (JobId(Uuid::from_u128(3)), 1)]);
        assert!(!tx.complete_job(held.id, held.fence, T(4)).await.unwrap(), "a worker that lived all the same writes nothing");
    }
}

#[tokio::test]
async fn one_process_at_a_time_is_the_only_server_of_a_file() {
    for fresh in testing::each().await.unwrap() {
        let claim = fresh.store.only_server().unwrap();
        assert_eq!(claim.is_some(), fresh.store.kind() == "SQLite", "any number of servers share PostgreSQL");
        if claim.is_none() {
            continue;
        }
        let other = Store::open(&fresh.address).await.unwrap();
        assert!(other.only_server().unwrap().is_none(), "another server lives");
        drop(claim);
        assert!(other.only_server().unwrap().is_some());
    }
}

#[tokio::test]
async fn the_same_work_is_queued_once_until_it_is_done() {
    for fresh in testing::each().await.unwrap() {
        assert!(add(&fresh.store, job(1, Some("sync"))).await);
        assert!(!add(&fresh.store, job(2, Some("sync"))).await, "it waits already");
        assert!(add(&fresh.store, job(3, Some("other"))).await);
        let mut tx = fresh.store.begin().await.unwrap();
        let claimed = tx.claim_job("a", T(1), T(10)).await.unwrap().unwrap();
        assert!(!tx.enqueue(&job(4, Some("sync")), T(1)).await.unwrap(), "it runs already");
        assert_eq!(tx.living_job("sync").await.unwrap().map(|j| j.id), Some(claimed.id));
        tx.complete_job(claimed.id, claimed.fence, T(2)).await.unwrap();
        assert!(tx.enqueue(&job(5, Some("sync")), T(2)).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_enqueued_in_a_transaction_that_fails_was_never_there() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        tx.enqueue(&job(1, None), T(0)).await.unwrap();
        drop(tx);
        let mut tx = fresh.store.begin().await.unwrap();
        assert_eq!(tx.claim_job("a", T(1), T(10)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn many_workers_at_once_take_every_job_once() {
    for fresh in testing::each().await.unwrap() {
        for id in 1..=24 {
            add(&fresh.store, job(id, None)).await;
        }
        let workers: Vec<_> = (0..6)
            .map(|worker| {
                let store = fresh.store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let mut tx = store.begin().await.unwrap();
                        let Some(job) = tx.claim_job(&format!("w{worker}"), T(1), T(100)).await.unwrap() else {
                            return mine;
                        };
                        tx.commit().await.unwrap();
                        mine.push(job.id);
                    }
                })
            })
            .collect();
        let mut taken = Vec::new();
        for worker in workers {
            taken.extend(worker.await.unwrap());
        }
        assert_eq!(taken.len(), 24, "each once");
        assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 24, "and every one");
    }
}

#[test]
fn waiting_doubles_up_to_ten_minutes_and_half_of_it_is_chance() {
    assert_eq!((backoff(1, 0), backoff(1, u32::MAX)), (1_000_000, 2_000_000));
    assert_eq!((backoff(3, 0), backoff(3, u32::MAX)), (4_000_000, 8_000_000));
    assert_eq!((backoff(99, 0), backoff(99, u32::MAX)), (300_000_000, 600_000_000));
}
