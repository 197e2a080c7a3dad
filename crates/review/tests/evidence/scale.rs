//! A pack of the whole invented company.

use crate::house::{House, NOW};
use domain::{Policy, time::DAY};
use ledger::{Trust, verify_pack};
use review::{
    audit::audit,
    export,
    open::{self, OpenForm, Scope},
    sequence, sync,
};

/// `COUNTERSIGN_PACK_PEOPLE` makes the company larger; the pack must verify at any size.
#[tokio::test]
async fn a_company_fits_into_a_pack() {
    let people = std::env::var("COUNTERSIGN_PACK_PEOPLE").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    // One database is enough: what the company's size changes is the pack, not the store.
    let fresh = store::testing::sqlite().await.unwrap();
    let house = House::new(fresh, people, 7).await;
    sync::sync(&house.ctx, None, house.source).await.unwrap();
    let owner = house.owner().await;
    let form = OpenForm {
        name: "Autumn".to_owned(),
        sources: [house.source].into(),
        scope: Scope::All,
        due_at: NOW.plus(14 * DAY),
        time_zone: "Europe/Berlin".to_owned(),
        policy: Policy::default(),
        showing: domain::Showing::Shown,
    };
    let campaign = open::open(&house.ctx, &owner, house.ctx.env.id(), &form).await.unwrap();
    let checkpoint = sequence::checkpoint(&house.ctx).await.unwrap().unwrap();
    let bytes = export::make_at(&house.ctx, campaign, checkpoint.size).await.unwrap();
    let report = verify_pack(&bytes, &Trust::Nothing);
    assert!(report.whole, "{}", report.sentence);
    let found = audit(&house.ctx).await.unwrap();
    assert!(found.is_whole(), "{:?}", found.differences);
    assert!(checkpoint.size > 1_000, "{} entries", checkpoint.size);
}
