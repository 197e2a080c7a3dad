//! Calls that change something, and what the tenant does by itself when a review's time is over.

use serde_json::{Value, json};

use super::Deviation;
use super::change::Change;
use super::directory::Directory;
use super::guid::{NOBODY, guid};
use super::odata::{Answer, Paging, Query, page, with_expanded};
use super::read::governs;
use super::review::{Definition, Instance, Item};
use super::routes::Op;
use super::serving::{Call, Caller, State};

/// An answer, and what has to be accepted before it is given.
pub(super) type Outcome = Result<(Answer, Vec<Change>), Answer>;

impl State {
    /// Answers a call that changes something, or that reads reviews.
    pub(super) fn act(&self, call: &Call<'_>) -> Outcome {
        let directory = &self.directory;
        let arg = |place: usize| call.args.get(place).copied().unwrap_or_default();
        let done = |change: Change| Ok((Answer::nothing(), vec![change]));
        let (first, second) = (arg(0).to_owned(), arg(1).to_owned());
        match call.route.op {
            Op::AddMember => self.add_member(call, &first),
            Op::RemoveMember => {
                let group = directory.groups.get(&first).ok_or_else(|| Answer::not_found(&first))?;
                if group.rule.is_some() {
                    return Err(Answer::bad("Insufficient privileges to complete the operation: the group's membership is dynamic."));
                }
                if group.role_assignable && !call.caller.may("RoleManagement.ReadWrite.Directory") {
                    return Err(Answer::denied("Insufficient privileges to complete the operation."));
                }
                if !group.members.contains(&second) {
                    return Err(Answer::not_found(&second));
                }
                done(Change::MemberRemoved { group: first, member: second })
            }
            Op::DeleteMemberObject => {
                directory.users.get(&second).ok_or_else(|| Answer::not_found(&second))?;
                done(Change::UserDeleted { user: second })
            }
            Op::RemoveOwner => {
                let group = directory.groups.get(&first).ok_or_else(|| Answer::not_found(&first))?;
                if !group.owners.contains(&second) {
                    return Err(Answer::not_found(&second));
                }
                if group.owners.len() == 1 {
                    return Err(Answer::bad("The group must have at least one owner, hence this owner cannot be removed."));
                }
                done(Change::OwnerRemoved { group: first, owner: second })
            }
            Op::RemoveUserAssignment | Op::RemoveGroupAssignment | Op::RemoveAssignedTo => {
                let found = directory.app_assignments.get(&second).ok_or_else(|| Answer::not_found(&second))?;
                let at = if call.route.op == Op::RemoveAssignedTo { &found.resource } else { &found.principal };
                if *at != first {
                    return Err(Answer::not_found(&second));
                }
                done(Change::AssignmentRemoved { assignment: second, principal: found.principal.clone(), role: found.role.clone() })
            }
            Op::RemoveRoleAssignment => {
                let found = directory.role_assignments.get(&first).ok_or_else(|| Answer::not_found(&first))?;
                done(Change::RoleRemoved { assignment: first, principal: found.principal.clone(), role: found.role.clone() })
            }
            Op::RevokeSessions => {
                let user = directory.user_by(&first)?.id.clone();
                let body = json!({ "@odata.context": format!("{}/$metadata#Edm.Boolean", call.root), "value": true });
                Ok((Answer::ok(body), vec![Change::SessionsRevoked { user }]))
            }
            _ => self.review(call),
        }
    }

    fn add_member(&self, call: &Call<'_>, group: &str) -> Outcome {
        let found = self.directory.groups.get(group).ok_or_else(|| Answer::not_found(group))?;
        let reference = call.body.as_ref().and_then(|body| body["@odata.id"].as_str()).unwrap_or_default();
        let member = reference.rsplit('/').next().unwrap_or_default().to_owned();
        if self.directory.object(&member).is_none() {
            return Err(Answer::not_found(&member));
        }
        if found.rule.is_some() {
            return Err(Answer::bad("The group's membership is dynamic and cannot be changed by hand."));
        }
        if found.members.contains(&member) {
            return Err(Answer::bad("One or more added object references already exist for the following modified properties: 'members'."));
        }
        Ok((Answer::nothing(), vec![Change::MemberAdded { group: group.to_owned(), member }]))
    }

    fn review(&self, call: &Call<'_>) -> Outcome {
        let directory = &self.directory;
        let plain = |answer: Answer| Ok((answer, Vec::new()));
        let caller = call.caller;
        match call.route.op {
            Op::Definitions | Op::MyDefinitions => {
                let mine = call.route.op == Op::MyDefinitions;
                if !mine && !governs(directory, caller) {
                    return Err(Answer::denied("Insufficient privileges to complete the operation."));
                }
                let conditions = call.query.conditions(&[("status", &["eq"]), ("displayName", &["eq"])])?;
                let rows: Vec<Value> = directory
                    .reviews
                    .values()
                    .filter(|review| !mine || review.instances.values().any(|instance| answers(instance, caller)))
                    .map(Definition::json)
                    .filter(|row| conditions.iter().all(|one| one.holds(row)))
                    .collect();
                plain(reviews_page(call, "identityGovernance/accessReviews/definitions", &rows)?)
            }
            Op::CreateDefinition => {
                let body = call.body.clone().unwrap_or_default();
                directory.resources(&body).map_err(|reason| Answer::bad(&reason))?;
                let id = guid(&directory.tenant, "review", &format!("{} {}", call.now, directory.reviews.len()));
                let by = match caller {
                    Caller::Person { user, .. } => directory.users.get(user).map(super::directory::User::identity),
                    Caller::Application { .. } => None,
                };
                let made = directory.start_review(&id, &body, by.unwrap_or_else(super::directory::nobody), call.now);
                let mut answer = Answer::ok(made.json());
                answer.status = 201;
                Ok((answer, vec![Change::ReviewCreated { definition: id, body }]))
            }
            _ => {
                let review = self.definition(call)?;
                self.in_definition(call, review)
            }
        }
    }

    fn definition(&self, call: &Call<'_>) -> Result<&Definition, Answer> {
        let id = call.args.first().copied().unwrap_or_default();
        self.directory.reviews.get(id).ok_or_else(|| Answer::not_found(id))
    }

    fn in_definition(&self, call: &Call<'_>, review: &Definition) -> Outcome {
        let directory = &self.directory;
        let caller = call.caller;
        let plain = |answer: Answer| Ok((answer, Vec::new()));
        let involved = governs(directory, caller) || review.instances.values().any(|instance| answers(instance, caller));
        if !involved {
            return Err(Answer::denied("Insufficient privileges to complete the operation."));
        }
        match call.route.op {
            Op::Definition => plain(shown(&review.json(), &call.query)),
            Op::ReplaceDefinition => {
                let body = call.body.clone().unwrap_or_default();
                directory.resources(&body).map_err(|reason| Answer::bad(&reason))?;
                Ok((Answer::nothing(), vec![Change::ReviewReplaced { definition: review.id.clone(), body }]))
            }
            Op::DeleteDefinition => Ok((Answer::nothing(), vec![Change::ReviewDeleted { definition: review.id.clone() }])),
            Op::Instances | Op::MyInstances => {
                let mine = call.route.op == Op::MyInstances;
                let conditions = call.query.conditions(&[("status", &["eq"])])?;
                let rows: Vec<Value> = review
                    .instances
                    .values()
                    .filter(|instance| !mine || answers(instance, caller))
                    .map(|instance| instance.json(review))
                    .filter(|row| conditions.iter().all(|one| one.holds(row)))
                    .collect();
                plain(reviews_page(call, "identityGovernance/accessReviews/definitions/instances", &rows)?)
            }
            _ => {
                let id = call.args.get(1).copied().unwrap_or_default();
                let instance = review.instances.get(id).ok_or_else(|| Answer::not_found(id))?;
                self.in_instance(call, review, instance)
            }
        }
    }

    fn in_instance(&self, call: &Call<'_>, review: &Definition, instance: &Instance) -> Outcome {
        let directory = &self.directory;
        let caller = call.caller;
        let plain = |answer: Answer| Ok((answer, Vec::new()));
        let steers = governs(directory, caller);
        let refused = || Answer::denied("Insufficient privileges to complete the operation.");
        let open = instance.status == "InProgress";
        let closed = || Answer::bad("The access review instance is not in progress.");
        match call.route.op {
            Op::Instance => plain(shown(&instance.json(review), &call.query)),
            Op::Stages => plain(reviews_page(call, "stages", &[])?),
            Op::ContactedReviewers => {
                let rows: Vec<Value> = instance
                    .reviewers()
                    .into_iter()
                    .filter_map(|id| directory.users.get(id))
                    .map(|user| {
                        let other = self.deviations.contains(&Deviation::ReviewerIdsDiffer);
                        let id = if other { guid(&directory.tenant, "contacted", &user.id) } else { user.id.clone() };
                        json!({ "id": id, "displayName": user.name, "userPrincipalName": user.upn, "createdDateTime": super::directory::graph_time(instance.start) })
                    })
                    .collect();
                plain(reviews_page(call, "contactedReviewers", &rows)?)
            }
            Op::Decisions | Op::MyDecisions => {
                let mine = call.route.op == Op::MyDecisions;
                if !mine && !steers {
                    return Err(refused());
                }
                let conditions = call.query.conditions(&[("decision", &["eq"]), ("recommendation", &["eq"]), ("applyResult", &["eq"])])?;
                let rows: Vec<Value> = instance
                    .items
                    .values()
                    .filter(|item| !mine || may_answer(item, caller))
                    .map(|item| self.item(instance, item, &call.query))
                    .filter(|row| conditions.iter().all(|one| one.holds(row)))
                    .collect();
                plain(reviews_page(call, "decisions", &rows)?)
            }
            Op::Decision | Op::RecordDecision => {
                let id = call.args.get(2).copied().unwrap_or_default();
                let item = instance.items.get(id).ok_or_else(|| Answer::not_found(id))?;
                if call.route.op == Op::Decision {
                    return if steers || may_answer(item, caller) {
                        plain(shown(&self.item(instance, item, &call.query), &call.query))
                    } else {
                        Err(refused())
                    };
                }
                // Only a reviewer of the instance may change a decision, whatever else the caller may do.
                let lacks_role = self.deviations.contains(&Deviation::ReviewersNeedARole) && !steers;
                if !may_answer(item, caller) || lacks_role {
                    return Err(refused());
                }
                if !open {
                    return Err(closed());
                }
                let body = call.body.clone().unwrap_or_default();
                let by = match caller {
                    Caller::Person { user, .. } => directory.users.get(user).map(super::directory::User::identity),
                    Caller::Application { .. } => None,
                };
                Ok((Answer::nothing(), vec![recorded(review, instance, item, &body, by)?]))
            }
            Op::BatchRecord => {
                let turned_away =
                    self.deviations.contains(&Deviation::BatchRefusesApplications) && matches!(caller, Caller::Application { .. });
                if !steers || turned_away {
                    return Err(refused());
                }
                if !open {
                    return Err(closed());
                }
                let body = call.body.clone().unwrap_or_default();
                let (principal, resource) = (body["principalId"].as_str(), body["resourceId"].as_str());
                let by = self.batch_identity(caller);
                // The trap: what is left out narrows nothing. With neither id, every item is recorded.
                let meant =
                    |item: &&Item| principal.is_none_or(|id| item.principal == id) && resource.is_none_or(|id| instance.resource.id == id);
                let changes: Result<Vec<Change>, Answer> =
                    instance.items.values().filter(meant).map(|item| recorded(review, instance, item, &body, by.clone())).collect();
                Ok((Answer::nothing(), changes?))
            }
            Op::AcceptRecommendations => {
                let body = |item: &Item| json!({ "decision": if item.recommendation == "Deny" { "Deny" } else { "Approve" }, "justification": "Recommendation accepted" });
                let by = match caller {
                    Caller::Person { user, .. } => directory.users.get(user).map(super::directory::User::identity),
                    Caller::Application { .. } => None,
                };
                let meant = |item: &&Item| {
                    may_answer(item, caller) && item.answer.decision == "NotReviewed" && item.recommendation != "NoInfoAvailable"
                };
                let changes: Result<Vec<Change>, Answer> =
                    instance.items.values().filter(meant).map(|item| recorded(review, instance, item, &body(item), by.clone())).collect();
                Ok((Answer::nothing(), changes?))
            }
            _ if !steers => Err(refused()),
            Op::ResetDecisions => {
                let reset = |item: &Item| Change::Decided {
                    definition: review.id.clone(),
                    instance: instance.id.clone(),
                    item: item.id.clone(),
                    decision: "NotReviewed".to_owned(),
                    justification: String::new(),
                    by: None,
                };
                Ok((Answer::nothing(), instance.items.values().filter(|item| item.answer.decision != "NotReviewed").map(reset).collect()))
            }
            Op::SendReminder if open => plain(Answer::nothing()),
            Op::StopInstance if open => {
                let mut changes = vec![Change::Ended { definition: review.id.clone(), instance: instance.id.clone() }];
                changes.extend(directory.applied(review, instance));
                Ok((Answer::nothing(), changes))
            }
            Op::ApplyDecisions if !open && !review.flag("autoApplyDecisionsEnabled") => {
                Ok((Answer::nothing(), directory.applied(review, instance)))
            }
            Op::ApplyDecisions => Err(Answer::bad("Decisions can be applied only when the access review instance is completed.")),
            Op::SendReminder | Op::StopInstance => Err(closed()),
            _ => Err(Answer::error(501, "NotImplemented", "This simulated tenant does not do that.")),
        }
    }

    /// Whom a batch shows as the reviewer. What an application becomes is not known: either is possible.
    fn batch_identity(&self, caller: &Caller) -> Option<Value> {
        match caller {
            Caller::Person { user, .. } => self.directory.users.get(user).map(super::directory::User::identity),
            Caller::Application { .. } if self.deviations.contains(&Deviation::BatchNamesNobody) => None,
            Caller::Application { app, .. } => Some(
                json!({ "id": guid(&self.directory.tenant, "machine", app), "displayName": app, "userPrincipalName": "", "ipAddress": null }),
            ),
        }
    }

    fn item(&self, instance: &Instance, item: &Item, query: &Query) -> Value {
        let mut row = self.directory.item_json(instance, item);
        if query.expands("insights").is_some() {
            let last = self.directory.users.get(&item.principal).and_then(|user| user.last_success).map(crate::calendar::rfc3339);
            row["insights"] = json!([{ "@odata.type": "#microsoft.graph.userSignInInsight", "id": NOBODY, "insightCreatedDateTime": null, "lastSignInDateTime": last }]);
        }
        if self.deviations.contains(&Deviation::ResourceLeftOut) {
            row["resource"] = Value::Null;
            row["resourceLink"] = Value::Null;
        }
        if self.deviations.contains(&Deviation::ResourceTypeCapital)
            && let Some(kind) = row["resource"]["type"].as_str()
        {
            let mut letters = kind.chars();
            row["resource"]["type"] = json!(letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()));
        }
        if self.deviations.contains(&Deviation::OldTarget) {
            row["target"] =
                json!({ "@odata.type": "#microsoft.graph.accessReviewInstanceDecisionItemUserTarget", "userId": item.principal });
        }
        row
    }

    /// What is due by now because a review's time is over: defaults, the end, and what the end applies.
    pub(super) fn due(&self, now: i64) -> Vec<Change> {
        let mut changes = Vec::new();
        for review in self.directory.reviews.values() {
            for instance in review.instances.values().filter(|instance| instance.status == "InProgress" && instance.end <= now) {
                let default =
                    review.setting("defaultDecision").as_str().filter(|_| review.flag("defaultDecisionEnabled")).unwrap_or("None");
                for item in instance.items.values().filter(|item| item.answer.decision == "NotReviewed") {
                    let decision = match default {
                        "Recommendation" if item.recommendation == "Deny" => "Deny",
                        "Recommendation" => "Approve",
                        "Approve" => "Approve",
                        "Deny" => "Deny",
                        _ => continue,
                    };
                    changes.push(Change::Decided {
                        definition: review.id.clone(),
                        instance: instance.id.clone(),
                        item: item.id.clone(),
                        decision: decision.to_owned(),
                        justification: String::new(),
                        by: None,
                    });
                }
                changes.push(Change::Ended { definition: review.id.clone(), instance: instance.id.clone() });
            }
        }
        changes
    }

    /// Instances that ended with automatic application and still have something to apply.
    pub(super) fn to_apply(&self) -> Vec<Change> {
        let ended = |review: &Definition| review.flag("autoApplyDecisionsEnabled");
        let all = self.directory.reviews.values().filter(|review| ended(review));
        all.flat_map(|review| {
            review.instances.values().filter(|instance| instance.status == "Completed").map(move |instance| (review, instance))
        })
        .flat_map(|(review, instance)| self.directory.applied(review, instance))
        .collect()
    }
}

impl Directory {
    /// One entry for each answer of an instance that was not carried out yet.
    fn applied(&self, review: &Definition, instance: &Instance) -> Vec<Change> {
        let waiting = |item: &&Item| item.result == "New" && matches!(item.answer.decision.as_str(), "Approve" | "Deny");
        let apply = |item: &Item| Change::ItemApplied {
            definition: review.id.clone(),
            instance: instance.id.clone(),
            item: item.id.clone(),
            result: self.result_of(&instance.resource, item).to_owned(),
        };
        instance.items.values().filter(waiting).map(apply).collect()
    }
}

fn may_answer(item: &Item, caller: &Caller) -> bool {
    matches!(caller, Caller::Person { user, .. } if item.reviewers.contains(user))
}

fn answers(instance: &Instance, caller: &Caller) -> bool {
    instance.items.values().any(|item| may_answer(item, caller))
}

fn recorded(review: &Definition, instance: &Instance, item: &Item, body: &Value, by: Option<Value>) -> Result<Change, Answer> {
    let decision = body["decision"].as_str().unwrap_or_default();
    let justification = body["justification"].as_str().unwrap_or_default();
    if !matches!(decision, "Approve" | "Deny" | "NotReviewed" | "DontKnow") {
        return Err(Answer::bad("The decision must be Approve, Deny, NotReviewed or DontKnow."));
    }
    if decision == "Approve" && justification.trim().is_empty() && review.flag("justificationRequiredOnApproval") {
        return Err(Answer::bad("A justification is required to approve."));
    }
    Ok(Change::Decided {
        definition: review.id.clone(),
        instance: instance.id.clone(),
        item: item.id.clone(),
        decision: decision.to_owned(),
        justification: justification.to_owned(),
        by,
    })
}

fn shown(value: &Value, query: &Query) -> Answer {
    Answer::ok(if query.select.is_empty() { value.clone() } else { with_expanded(value, query) })
}

fn reviews_page(call: &Call<'_>, context: &str, rows: &[Value]) -> Result<Answer, Answer> {
    page(&call.address, context, &call.query, Paging::REVIEWS, rows, Value::clone)
}
