//! Says a reason to a person: plain words, with a number and a time.
//!
//! Names and the time zone come in here and only here. They are outside the
//! hash and cannot move a verdict. The holder is "they": no name tells more.

use crate::fact::{PathKind, Rhythm, Share};
use crate::learned::Promised;
use crate::population::HowDecided;
use crate::reason::{Home, NoExcuse, PeerLevel, Reason, Says};
use crate::shadow::FEWEST;
use domain::{AccountId, EntitlementId, Grain, GrantId, Timestamp};

/// The names that sentences need, seen from one grant.
pub trait Names {
    /// The name of an entitlement.
    fn entitlement(&self, id: EntitlementId) -> String;
    /// The name of a person.
    fn person(&self, id: AccountId) -> String;
    /// The department of the named account; `None` when unknown.
    fn department_of(&self, id: AccountId) -> Option<String>;
    /// The name of a rule about separated duties, for example "create and pay vendors".
    fn duties(&self, rule: u32) -> String;
    /// The path of a grant as it is told, for example "the group ap-team"; `None` when unknown.
    fn path(&self, grant: GrantId) -> Option<String>;
    /// The holder's title; `None` when unknown.
    fn title(&self) -> Option<String>;
    /// The holder's department; `None` when unknown.
    fn department(&self) -> Option<String>;
    /// The IANA name of the time zone in which moments are told.
    fn zone(&self) -> &str;
    /// True where use could not be read when the recommendation was made, whatever the source keeps of it.
    fn use_unread(&self) -> bool {
        false
    }
}

/// The reason in words.
pub fn sentence(reason: &Reason, names: &dyn Names) -> String {
    let teller = Teller { names };
    match &reason.says {
        Says::Left { days, on } => format!("Left on {}, {} ago, and the access is still there.", teller.date(*on, *days), in_days(*days)),
        Says::ActiveAfterEnd { end, used } => {
            format!("HR's last day is {}, yet the account was used on {}.", teller.full_date(*end), teller.full_date(*used))
        }
        Says::GrantedAfterEnd { end, granted } => {
            format!("HR's last day is {}, yet access was granted on {}.", teller.full_date(*end), teller.full_date(*granted))
        }
        Says::CameBack { end, start } => {
            format!(
                "HR shows an earlier last day, {}, and a start on {}: they may have come back.",
                teller.full_date(*end),
                teller.full_date(*start)
            )
        }
        Says::Converted { changed, end } => format!(
            "HR's last day is {}, and the job changed on {}: the contract may have been converted.",
            teller.full_date(*end),
            teller.full_date(*changed)
        ),
        Says::LeftWithoutDate {} => "The source marks them as left, but HR gives no last day that has passed.".to_owned(),
        Says::RequirementLapsed { days, kind, on } => {
            format!("The {kind} that this access requires ran out on {}, {} ago.", teller.date(*on, *days), in_days(*days))
        }
        Says::RequirementEnds { days, kind, on } => {
            format!("The {kind} that this access requires runs out on {}, in {}.", teller.date(*on, *days), in_days(*days))
        }
        Says::AccountAtRisk { level, since } => {
            let since = since.map_or_else(String::new, |at| format!(" since {}", teller.full_date(at)));
            format!(
                "The platform sees a {level} risk{since} that somebody else uses this account. What was used may not have been used by its holder."
            )
        }
        Says::DisabledWithoutDate {} => "The account is disabled, but HR gives no last day; they may come back.".to_owned(),
        Says::Emergency {} => {
            "Declared for emergencies: lying unused is what it is for. Two named people review it, and no order empties it.".to_owned()
        }
        Says::EmergencyUsed { days, used } => {
            format!("Used on {}, {} ago. Every use of emergency access is looked at.", teller.date(*used, *days), in_days(*days))
        }
        Says::MachineWithoutOwner {} => {
            "Not one person's account, and no owner of it is still here. Somebody must own it first.".to_owned()
        }
        Says::MachineNotJudgedByUse {} => "Not one person's account: absent sign-ins are not counted against it.".to_owned(),
        Says::MachineInUse { days, used } => {
            format!("Not one person's account; last used on {}, {}.", teller.date(*used, *days), ago(*days))
        }
        Says::Exception { days, on } => format!("An exception was approved on {}, {}.", teller.date(*on, *days), ago(*days)),
        Says::ExceptionPast { before_change: true, on } => {
            format!("An exception was approved on {}, before the change of job; it no longer covers this.", teller.full_date(*on))
        }
        Says::ExceptionPast { before_change: false, on } => {
            format!("An exception was approved on {}; it is too old to rely on.", teller.full_date(*on))
        }
        Says::Duties { more, other, rule } => teller.conflict(*more, *other, *rule),
        Says::CheaperSide { give_up, peers, this, unused_days } => teller.cheaper(*give_up, *peers, *this, *unused_days),
        Says::PrivilegedUseUnknown {} => "Privileged, and nothing shows whether it is used.".to_owned(),
        Says::ManagerMissing { owner: Some(owner) } => {
            format!("No manager of theirs is still here. {} answers for this access.", names.person(*owner))
        }
        Says::ManagerMissing { owner: None } => {
            "No manager of theirs is still here, and nobody is named who answers for this access.".to_owned()
        }
        Says::Used { acts, days, days_used: Some(count @ 2..), used, window } => format!(
            "{} on {count} of the last {window} days, last on {}, {}.",
            if *acts { ACTIONS } else { "Used" },
            teller.date(*used, *days),
            ago(*days)
        ),
        Says::Used { acts, days, used, .. } => format!("{} on {}, {}.", last_used(*acts), teller.date(*used, *days), ago(*days)),
        Says::UsedAfterMove { acts, after_change, days, used } => format!(
            "{} on {}, {} after the change of job; {}. That does not show that the new job needs it.",
            last_used(*acts),
            teller.date(*used, *days),
            words_days(*after_change),
            ago(*days)
        ),
        Says::LastUsed { acts, before_change: Some(before), days, used } if *before > 0 => format!(
            "{} on {}, {} before the change of job; {}.",
            last_used(*acts),
            teller.date(*used, *days),
            words_days(*before),
            ago(*days)
        ),
        Says::LastUsed { acts, days, used, .. } => format!("{} on {}, {}.", last_used(*acts), teller.date(*used, *days), ago(*days)),
        Says::NoneSeen { grain, unused_days, window } => none_seen(*grain, *unused_days, *window),
        Says::UseUnknown {} if names.use_unread() => {
            "When this was prepared, the source's record of use could not be read, so use is unknown.".to_owned()
        }
        Says::UseUnknown {} => "The source keeps no usage of it, so use is unknown.".to_owned(),
        Says::UseCoarse { days, grain, used } => format!(
            "The source shows only {}, last on {}, {}; whether this was used is unknown.",
            match grain {
                Grain::Entitlement => "use",
                Grain::Action => "audited actions that it allows",
                Grain::Application => "use of the application",
                Grain::Tenant => "sign-ins to anything",
            },
            teller.date(*used, *days),
            ago(*days)
        ),
        Says::WindowShort { grain, window } => {
            format!("No {} in the {} we can see, which is too short to call it unused.", seen(*grain), in_days(*window))
        }
        Says::OnLeave {} => "They are on leave: the time without use does not count.".to_owned(),
        Says::Rhythm { days_used, kind, used } => teller.rhythm(*days_used, *kind, *used),
        Says::OthersSeldom { share, unused_days } => {
            format!(
                "The others who use it do so on about {} a year, so {} without use are not unusual.",
                in_days(yearly(*share)),
                in_days(*unused_days)
            )
        }
        Says::SeldomElsewhere { share, why } => format!(
            "The others who use it do so on about {} a year, but that explains no gap here: {}",
            in_days(yearly(*share)),
            match why {
                NoExcuse::CameAlong { path } => format!("it came with {}, and nobody asked for it for this person.", path_word(*path)),
                NoExcuse::HighRisk {} => "it could do much harm, and hardly anybody in a like position holds it.".to_owned(),
                NoExcuse::Handful { holders: 1 } => "only 1 other holds it, too few to show how often the work comes.".to_owned(),
                NoExcuse::TriedOut {} => {
                    "it was used in the first days after it was granted only, and nobody else in the department holds it.".to_owned()
                }
                NoExcuse::Handful { holders } => format!("only {holders} others hold it, too few to show how often the work comes."),
            }
        ),
        Says::GapTelling { application, both, idle, missing, own } => {
            let habit = match (application, both, own) {
                (true, ..) => "As often as the others use its application",
                (_, true, _) => "By how often the others use it, and they themselves did",
                (.., true) => "As often as they used it before",
                _ => "As often as the others use it",
            };
            let uses = if *missing == 1 { "1 use".to_owned() } else { format!("{missing} uses") };
            format!("{habit}, there would have been about {uses} in these {}; they used other access meanwhile.", in_days(*idle))
        }
        Says::Unshared { held, of } => match held {
            0 => format!("None of the {of} people whose other access is most like theirs holds it."),
            1 => format!("Only 1 of the {of} people whose other access is most like theirs holds it."),
            _ => format!("Only {held} of the {of} people whose other access is most like theirs hold it."),
        },
        Says::NobodyUsed { unused_days } => {
            format!("Nobody else who holds it was seen using it either, so {} without use are not unusual.", in_days(*unused_days))
        }
        Says::GuestAway { days } => format!("A guest who has used nothing at all for {}.", in_days(*days)),
        Says::InStep { share } => {
            format!(
                "{} of {} other holders last used it within three weeks of the same time: the gap may be the work's own.",
                share.held, share.of
            )
        }
        Says::Peers { held, home, level, of } => teller.peers(*held, *of, *level, *home),
        Says::PeersTooFew { of: 0 } => "Nobody else is in the same position, so there is nobody to compare with.".to_owned(),
        Says::PeersTooFew { of: 1 } => "Only 1 other is in the same position, too few to compare with.".to_owned(),
        Says::PeersTooFew { of } => format!("Only {of} others are in the same position, too few to compare with."),
        Says::GivenAnyway { of: 1 } => "The one access that it is seen to give, they have by another way as well.".to_owned(),
        Says::GivenAnyway { of } => format!("All {of} accesses that it is seen to give, they have by other ways as well."),
        Says::OthersApproved { held, of } => format!(
            "Of {of} others about whose access to it somebody answered one by one lately, {}.",
            match (*held, of - held) {
                (_, 0) => "all kept it".to_owned(),
                (0, _) => "none kept it".to_owned(),
                (held, _) => format!("{held} kept it"),
            }
        ),
        Says::CameWithOldJob { changed, granted } => match granted {
            Some(granted) => {
                format!("Granted on {}, before the change of job on {}.", teller.full_date(*granted), teller.full_date(*changed))
            }
            None => format!("Granted before the change of job on {}.", teller.full_date(*changed)),
        },
        Says::JustMoved { changed, days } => {
            format!("Changed job on {}, {}: a hand-over may still be running.", teller.date(*changed, *days), ago(*days))
        }
        Says::TooNew { days, granted } => {
            format!("Granted on {}, {}: too new to judge by use.", teller.date(*granted, *days), ago(*days))
        }
        Says::NewJoiner { days, start } => format!("Started on {}, {}.", teller.date(*start, *days), ago(*days)),
        Says::PathByPolicy { path } => format!("Held through {}: decided for everyone it fits, not for them alone.", path_word(*path)),
        Says::MadeByOthers { path } => {
            format!("Held through {}: taking it from them alone does not last; that has to be changed by its owner.", path_word(*path))
        }
        Says::Redundant { grant, more } => {
            let by = names.path(*grant).unwrap_or_else(|| "another path".to_owned());
            let and = if *more > 0 { format!(" and {more} more") } else { String::new() };
            format!("They also hold it through {by}{and}, so removing this one alone ends nothing.")
        }
        Says::Approved { before_change, how, on } => {
            let by = match how {
                HowDecided::Bulk => ", together with other items",
                HowDecided::Platform => " on the platform",
                _ => "",
            };
            let then = if *before_change { ", when they were in another job" } else { "" };
            format!("Approved{by} on {}{then}.", teller.full_date(*on))
        }
        Says::Revoked { on } => format!("Revoked on {}, and still held.", teller.full_date(*on)),
        Says::Regranted { granted, revoked } => {
            format!("Revoked on {} and granted anew on {}.", teller.full_date(*revoked), teller.full_date(*granted))
        }
        Says::GrantedAnew { revoked } => format!("Revoked on {}, and granted anew since.", teller.full_date(*revoked)),
        Says::SelfGranted {} => "They granted it to themselves.".to_owned(),
        Says::HolderOwns {} => "They answer for this access themselves, so somebody else has to judge it.".to_owned(),
        Says::LastHolder {} => "Nobody else holds it.".to_owned(),
        Says::LeavesOn { days, on } => format!("Their last day is {}, in {}.", teller.date(*on, *days), in_days(*days)),
        Says::Learned { approve: _, promise } => learned(*promise),
        Says::LearnedPart { of } => of.sentence(reason.weight, names),
    }
}

struct Teller<'a> {
    names: &'a dyn Names,
}

impl Teller<'_> {
    /// "9 July", with the year where it is not obvious.
    fn date(&self, at: Timestamp, days_away: i64) -> String {
        self.told(at, if days_away >= 300 { "%-d %B %Y" } else { "%-d %B" })
    }

    fn full_date(&self, at: Timestamp) -> String {
        self.told(at, "%-d %B %Y")
    }

    fn told(&self, at: Timestamp, form: &str) -> String {
        // A zone that does not exist still gives an exact moment.
        at.in_zone(self.names.zone()).map_or_else(|_| at.to_rfc3339(), |local| local.strftime(form).to_string())
    }

    fn conflict(&self, more: u32, other: EntitlementId, rule: u32) -> String {
        let and = match more {
            0 => String::new(),
            1 => ", and in 1 more conflict".to_owned(),
            more => format!(", and in {more} more conflicts"),
        };
        format!("Together with {} against the rule \u{201c}{}\u{201d}{and}.", self.names.entitlement(other), self.names.duties(rule))
    }

    fn cheaper(&self, give_up: EntitlementId, peers: Share, this: bool, unused_days: Option<i64>) -> String {
        let what = if this { "this one".to_owned() } else { self.names.entitlement(give_up) };
        let used = unused_days.map(|days| if days < 14 { "used lately".to_owned() } else { format!("not used for {}", in_days(days)) });
        let held = (peers.of > 0).then(|| format!("held by {} of {} others with the same title", peers.held, peers.of));
        let why: Vec<String> = used.into_iter().chain(held).collect();
        if why.is_empty() {
            format!("Giving up {what} would cost less.")
        } else {
            format!("Giving up {what} would cost less: {}.", why.join(", "))
        }
    }

    fn rhythm(&self, days_used: i64, kind: Rhythm, used: Timestamp) -> String {
        let on_days = if days_used == 1 { "1 day".to_owned() } else { format!("{days_used} days") };
        match kind {
            Rhythm::QuarterEnd => {
                format!("Used on {on_days} in all, last around the quarter end, on {}: that looks like closing work.", self.full_date(used))
            }
            Rhythm::YearEnd => format!(
                "Used on {on_days} in all, last around the year end, on {}: it may be needed again at the next.",
                self.full_date(used)
            ),
            Rhythm::Yearly => {
                format!("Used on {on_days} in all, last about a year ago, on {}: it may be needed once a year.", self.full_date(used))
            }
            Rhythm::Seldom => format!("Used on only {on_days} in all: as seldom as it was used, a gap like this is not unusual."),
        }
    }

    fn peers(&self, held: u32, of: u32, level: PeerLevel, home: Option<Home>) -> String {
        let group = group_words(level, self.names);
        let verb = if held == 1 { "holds" } else { "hold" };
        let people = format!("{held} of {of} others {group} {verb} it");
        match home.and_then(|home| Some((home, self.names.department_of(home.like)?))) {
            Some((home, department)) => {
                let verb = if home.held == 1 { "does" } else { "do" };
                format!("{people}; {} of {} in {department} {verb}.", home.held, home.of)
            }
            None => format!("{people}."),
        }
    }
}

/// The people alike, as a sentence tells them after "others".
pub fn group_words(level: PeerLevel, names: &dyn Names) -> String {
    match level {
        PeerLevel::Title => names.title().map_or_else(|| "with the same title".to_owned(), |title| format!("with the title {title}")),
        PeerLevel::Department => {
            names.department().map_or_else(|| "in the same department".to_owned(), |department| format!("in {department}"))
        }
        PeerLevel::Manager => "with the same manager".to_owned(),
        PeerLevel::All => "in this source".to_owned(),
    }
}

/// Rule 32: a share with its number of cases, 50 or more, measured on decisions that the model did not learn from; no other
/// figure.
fn learned(promise: Promised) -> String {
    let of_100 = |agreed: u32, cases: u32| u64::from(agreed) * 100 / u64::from(cases.max(1));
    match promise {
        // A model trained before 50 were asked for.
        Promised::Approve { cases, .. } if u64::from(cases) < FEWEST => {
            "Reviewers here who saw no recommendation kept such access, in too few cases for a figure.".to_owned()
        }
        Promised::Revoke { cases, .. } if u64::from(cases) < FEWEST => {
            "Reviewers here who saw no recommendation ended such access, in too few cases for a figure.".to_owned()
        }
        Promised::Approve { agreed, cases } => {
            format!("Reviewers here who saw no recommendation kept such access in {} of 100 cases (n = {cases}).", of_100(agreed, cases))
        }
        Promised::Revoke { agreed, cases } => {
            format!("Reviewers here who saw no recommendation ended such access in {} of 100 cases (n = {cases}).", of_100(agreed, cases))
        }
        Promised::Between {} => "What reviewers here decided about similar access does not settle it.".to_owned(),
        Promised::TooFew { cases: 0 } => {
            "No decision here about access of this kind could test the learned model, so it recommends nothing.".to_owned()
        }
        Promised::TooFew { cases: 1 } => {
            "Only 1 decision here about access of this kind could test the learned model, so it recommends nothing.".to_owned()
        }
        Promised::TooFew { cases } => format!(
            "Only {cases} decisions here about access of this kind could test the learned model, too few on this side to recommend anything."
        ),
        Promised::TooOften { cases } => format!(
            "Of {cases} decisions here about access of this kind, too many went against the learned model, so it recommends nothing."
        ),
    }
}

/// A habit as days in a year.
fn yearly(share: Share) -> i64 {
    let days = (u64::from(share.held) * 365).div_ceil(u64::from(share.of.max(1)));
    i64::try_from(days).unwrap_or(i64::MAX)
}

/// Rule 29: what was seen of an administrative role. Another role of the holder's may allow the same, so that no more is said.
const ACTIONS: &str = "Audited actions that it allows";

const fn last_used(acts: bool) -> &'static str {
    if acts { "Last audited action that it allows" } else { "Last used" }
}

fn seen(grain: Grain) -> &'static str {
    match grain {
        Grain::Entitlement => "use of it",
        Grain::Action => "audited action that needs it",
        Grain::Application => "use of the application",
        Grain::Tenant => "sign-in at all",
    }
}

fn none_seen(grain: Grain, unused_days: Option<i64>, window: i64) -> String {
    let seen = seen(grain);
    match unused_days {
        Some(days) if days < window => {
            format!("No {seen} in the {} that they are known to have held it, all of them observed.", in_days(days))
        }
        Some(_) => format!("No {seen} in the {} we can see.", in_days(window)),
        None => format!("No {seen} in the {} we can see, but too little else is known to call it unused.", in_days(window)),
    }
}

const fn path_word(path: PathKind) -> &'static str {
    match path {
        PathKind::Direct => "a direct assignment",
        PathKind::Group => "a group",
        PathKind::Rule => "a rule",
        PathKind::Nested => "groups within groups",
        PathKind::Role => "a role",
        PathKind::Package => "an access package",
    }
}

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn ago(days: i64) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// Small numbers in the middle of a sentence are written out.
fn words_days(days: i64) -> String {
    const WORDS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    match usize::try_from(days).ok().and_then(|at| WORDS.get(at)) {
        _ if days == 0 => "hours".to_owned(),
        Some(_) if days == 1 => "one day".to_owned(),
        Some(word) => format!("{word} days"),
        None => in_days(days),
    }
}
