//! Which calls the tenant answers, what each needs, and what each costs.
//!
//! Permissions are those of Microsoft's machine-readable list (`../shared/specs/entra/entra-permissions-subset.json`),
//! the ones that a governance application would ask for; a test compares them. Costs are resource units
//! ([identity and access limits](https://learn.microsoft.com/graph/throttling-limits)).

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Users,
    User,
    Manager,
    DirectReports,
    MemberOf,
    TransitiveMemberOf,
    UserAssignments,
    UserAssignment,
    RemoveUserAssignment,
    RevokeSessions,
    Groups,
    Group,
    Members,
    UserMembers,
    TransitiveMembers,
    TransitiveUserMembers,
    Owners,
    AddMember,
    RemoveMember,
    /// The trap: without `$ref` the path names the user, not the membership.
    DeleteMemberObject,
    RemoveOwner,
    GroupAssignments,
    RemoveGroupAssignment,
    Applications,
    Application,
    AssignedTo,
    AssignedToOne,
    RemoveAssignedTo,
    ApplicationAssignments,
    RoleDefinitions,
    RoleDefinition,
    RoleAssignments,
    RoleAssignment,
    RemoveRoleAssignment,
    RoleAssignmentInstances,
    RoleEligibilityInstances,
    SignIns,
    DirectoryAudits,
    RiskyUsers,
    Skus,
    Organization,
    Definitions,
    MyDefinitions,
    CreateDefinition,
    Definition,
    ReplaceDefinition,
    DeleteDefinition,
    Instances,
    MyInstances,
    Instance,
    ContactedReviewers,
    Decisions,
    MyDecisions,
    Decision,
    RecordDecision,
    BatchRecord,
    AcceptRecommendations,
    ApplyDecisions,
    ResetDecisions,
    SendReminder,
    StopInstance,
    Stages,
}

/// Who is asked for which service's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Users, groups, applications, roles: a token bucket of resource units.
    Directory,
    /// Sign-ins and audits: 5 requests in 10 seconds.
    Logs,
    /// Identity Protection: 1 request in a second, and a refusal says not how long to wait.
    Protection,
    /// Access reviews: no limit was found published.
    Reviews,
}

/// A call.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) op: Op,
    pub(super) method: &'static str,
    /// Segments of the path; `{}` is any.
    pub(super) path: &'static str,
    /// Any one of these lets an application call it; none at all: only on a person's behalf.
    pub(super) app: &'static [&'static str],
    /// Any one of these scopes lets a person's client call it.
    pub(super) user: &'static [&'static str],
    /// Resource units.
    pub(super) cost: u32,
    pub(super) service: Service,
}

const USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const USER_LIST: &[&str] = &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const MEMBER_OF: &[&str] = &["GroupMember.ReadBasic.All", "Group.ReadBasic.All", "Directory.Read.All"];
const ALL_GROUPS_OF: &[&str] =
    &["User.Read.All", "GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.ReadBasic.All", "Group.Read.All", "Directory.Read.All"];
const DIRECTORY: &[&str] = &["Directory.Read.All", "AppRoleAssignment.ReadWrite.All"];
const GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Group.ReadBasic.All", "Group.ReadWrite.All", "Directory.Read.All"];
const MEMBERS: &[&str] = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
const OWNERS: &[&str] =
    &["GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"];
const CHANGE_MEMBERS: &[&str] = &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
const CHANGE_OWNERS: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All"];
const CHANGE_ASSIGNMENTS: &[&str] = &["AppRoleAssignment.ReadWrite.All"];
const ROLES: &[&str] = &["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All"];
const ROLE_INSTANCES: &[&str] = &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"];
const ELIGIBLE: &[&str] = &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"];
const CHANGE_ROLES: &[&str] = &["RoleManagement.ReadWrite.Directory"];
const LOGS: &[&str] = &["AuditLog.Read.All"];
const AUDITS: &[&str] = &["AuditLog.Read.All", "Directory.Read.All"];
const RISKS: &[&str] = &["IdentityRiskyUser.Read.All"];
const ORGANIZATION: &[&str] = &["User.Read.All", "Organization.Read.All", "Directory.Read.All"];
const SKUS: &[&str] = &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"];
const SESSIONS: &[&str] = &["User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
const DELETE_USERS: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
const REVIEWS: &[&str] = &["AccessReview.Read.All", "AccessReview.ReadWrite.All"];
const CHANGE_REVIEWS: &[&str] = &["AccessReview.ReadWrite.All"];

macro_rules! routes {
    ($($service:ident $method:ident $path:literal $op:ident $cost:literal $app:expr, $user:expr;)+) => {
        /// Every call. The more exact path comes first.
        pub(super) const ROUTES: &[Route] = &[$(Route {
            op: Op::$op, method: stringify!($method), path: $path, app: $app, user: $user, cost: $cost, service: Service::$service,
        }),+];
    };
}

routes! {
    Directory GET "/users" Users 2 USER_LIST, USER_LIST;
    Directory GET "/users/{}" User 1 USER_LIST, USER_LIST;
    Directory GET "/users/{}/manager" Manager 2 USERS, USERS;
    Directory GET "/users/{}/directReports" DirectReports 2 USERS, USERS;
    Directory GET "/users/{}/memberOf" MemberOf 2 MEMBER_OF, MEMBER_OF;
    Directory GET "/users/{}/transitiveMemberOf" TransitiveMemberOf 2 ALL_GROUPS_OF, ALL_GROUPS_OF;
    Directory GET "/users/{}/appRoleAssignments" UserAssignments 2 DIRECTORY, DIRECTORY;
    Directory GET "/users/{}/appRoleAssignments/{}" UserAssignment 1 DIRECTORY, DIRECTORY;
    Directory DELETE "/users/{}/appRoleAssignments/{}" RemoveUserAssignment 1 CHANGE_ASSIGNMENTS, CHANGE_ASSIGNMENTS;
    Directory POST "/users/{}/revokeSignInSessions" RevokeSessions 1 SESSIONS, SESSIONS;
    Directory GET "/groups" Groups 1 GROUPS, GROUPS;
    Directory GET "/groups/{}" Group 1 GROUPS, GROUPS;
    Directory GET "/groups/{}/members" Members 3 MEMBERS, MEMBERS;
    Directory GET "/groups/{}/members/microsoft.graph.user" UserMembers 3 MEMBERS, MEMBERS;
    Directory GET "/groups/{}/transitiveMembers" TransitiveMembers 5 MEMBERS, MEMBERS;
    Directory GET "/groups/{}/transitiveMembers/microsoft.graph.user" TransitiveUserMembers 5 MEMBERS, MEMBERS;
    Directory GET "/groups/{}/owners" Owners 1 OWNERS, OWNERS;
    Directory POST "/groups/{}/members/$ref" AddMember 1 CHANGE_MEMBERS, CHANGE_MEMBERS;
    Directory DELETE "/groups/{}/members/{}/$ref" RemoveMember 1 CHANGE_MEMBERS, CHANGE_MEMBERS;
    Directory DELETE "/groups/{}/members/{}" DeleteMemberObject 1 DELETE_USERS, DELETE_USERS;
    Directory DELETE "/groups/{}/owners/{}/$ref" RemoveOwner 1 CHANGE_OWNERS, CHANGE_OWNERS;
    Directory GET "/groups/{}/appRoleAssignments" GroupAssignments 1 DIRECTORY, DIRECTORY;
    Directory DELETE "/groups/{}/appRoleAssignments/{}" RemoveGroupAssignment 1 CHANGE_ASSIGNMENTS, CHANGE_ASSIGNMENTS;
    Directory GET "/servicePrincipals" Applications 1 APPLICATIONS, APPLICATIONS;
    Directory GET "/servicePrincipals/{}" Application 1 APPLICATIONS, APPLICATIONS;
    Directory GET "/servicePrincipals/{}/appRoleAssignedTo" AssignedTo 2 APPLICATIONS, APPLICATIONS;
    Directory GET "/servicePrincipals/{}/appRoleAssignedTo/{}" AssignedToOne 1 APPLICATIONS, APPLICATIONS;
    Directory DELETE "/servicePrincipals/{}/appRoleAssignedTo/{}" RemoveAssignedTo 1 CHANGE_ASSIGNMENTS, CHANGE_ASSIGNMENTS;
    Directory GET "/servicePrincipals/{}/appRoleAssignments" ApplicationAssignments 2 APPLICATIONS, APPLICATIONS;
    Directory GET "/roleManagement/directory/roleDefinitions" RoleDefinitions 1 ROLES, ROLES;
    Directory GET "/roleManagement/directory/roleDefinitions/{}" RoleDefinition 1 ROLES, ROLES;
    Directory GET "/roleManagement/directory/roleAssignments" RoleAssignments 1 ROLES, ROLES;
    Directory GET "/roleManagement/directory/roleAssignments/{}" RoleAssignment 1 ROLES, ROLES;
    Directory DELETE "/roleManagement/directory/roleAssignments/{}" RemoveRoleAssignment 1 CHANGE_ROLES, CHANGE_ROLES;
    Directory GET "/roleManagement/directory/roleAssignmentScheduleInstances" RoleAssignmentInstances 1 ROLE_INSTANCES, ROLE_INSTANCES;
    Directory GET "/roleManagement/directory/roleEligibilityScheduleInstances" RoleEligibilityInstances 1 ELIGIBLE, ELIGIBLE;
    Logs GET "/auditLogs/signIns" SignIns 1 LOGS, LOGS;
    Logs GET "/auditLogs/directoryAudits" DirectoryAudits 1 AUDITS, AUDITS;
    Protection GET "/identityProtection/riskyUsers" RiskyUsers 1 RISKS, RISKS;
    Directory GET "/subscribedSkus" Skus 3 SKUS, SKUS;
    Directory GET "/organization" Organization 1 ORGANIZATION, ORGANIZATION;
    Reviews GET "/identityGovernance/accessReviews/definitions" Definitions 1 REVIEWS, REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions" CreateDefinition 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/filterByCurrentUser(on='reviewer')" MyDefinitions 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}" Definition 1 REVIEWS, REVIEWS;
    Reviews PUT "/identityGovernance/accessReviews/definitions/{}" ReplaceDefinition 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews DELETE "/identityGovernance/accessReviews/definitions/{}" DeleteDefinition 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances" Instances 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/filterByCurrentUser(on='reviewer')" MyInstances 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}" Instance 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}/contactedReviewers" ContactedReviewers 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}/decisions" Decisions 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}/decisions/filterByCurrentUser(on='reviewer')" MyDecisions 1 REVIEWS, REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}/decisions/{}" Decision 1 REVIEWS, REVIEWS;
    Reviews PATCH "/identityGovernance/accessReviews/definitions/{}/instances/{}/decisions/{}" RecordDecision 1 &[], CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/batchRecordDecisions" BatchRecord 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/acceptRecommendations" AcceptRecommendations 1 &[], CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/applyDecisions" ApplyDecisions 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/resetDecisions" ResetDecisions 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/sendReminder" SendReminder 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews POST "/identityGovernance/accessReviews/definitions/{}/instances/{}/stop" StopInstance 1 CHANGE_REVIEWS, CHANGE_REVIEWS;
    Reviews GET "/identityGovernance/accessReviews/definitions/{}/instances/{}/stages" Stages 1 REVIEWS, REVIEWS;
}

/// The call that a method and path (below `/v1.0`, decoded) stand for, with what stands in the path's open places.
pub(super) fn find<'a>(method: &str, path: &'a str) -> Option<(&'static Route, Vec<&'a str>)> {
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| Some((route, matches(route.path, path)?)))
}

fn matches<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    let mut found = Vec::new();
    loop {
        match (template.next(), path.next()) {
            (None, None) => return Some(found),
            // `$ref` names the link to an object, never an object.
            (Some("{}"), Some(value)) if !value.is_empty() && value != "$ref" => found.push(value),
            (Some(fixed), Some(value)) if fixed == value => {}
            _ => return None,
        }
    }
}

/// Method and path of every call, with `{}` for what varies, and the permissions for application and person.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static str, &'static [&'static str], &'static [&'static str])> {
    ROUTES.iter().map(|route| (route.method, route.path, route.app, route.user))
}
