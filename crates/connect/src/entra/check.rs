//! Tries each permission of a tenant by itself, so that an administrator sees which one is missing.

use super::{EntraSource, graph};
use crate::{
    check::{Checked, Trial},
    http::{Authority as _, Method},
};

/// What reading needs. Lists are asked for one row each.
const READING: [Trial; 6] = [
    Trial {
        what: "Read users",
        needs: "the application permission User.Read.All",
        path: "/users?$select=id&$top=1",
        bucket: "users",
        without: "Nothing can be read at all.",
    },
    Trial {
        what: "Read when users last signed in",
        needs: "the application permission AuditLog.Read.All and Microsoft Entra ID P1 or P2",
        path: "/users?$select=id,signInActivity&$top=1",
        bucket: "users",
        without: "Whether people signed in at all is unknown, and so is use of groups; nothing is ever called unused for it.",
    },
    Trial {
        what: "Read groups and their members",
        needs: "the application permission GroupMember.Read.All",
        path: "/groups?$select=id&$top=1",
        bucket: "directory",
        without: "Groups are unread: who is in them is unknown, and so is who holds anything by way of one. What was known of it stays, and grows old.",
    },
    Trial {
        what: "Read applications and who holds their roles",
        needs: "the application permission Application.Read.All",
        path: "/servicePrincipals?$select=id&$top=1",
        bucket: "directory",
        without: "Applications are unread: who holds them is unknown. What was known of it stays, and grows old.",
    },
    Trial {
        what: "Read sign-ins",
        needs: "the application permission AuditLog.Read.All and Microsoft Entra ID P1 or P2",
        path: "/auditLogs/signIns?$top=1",
        bucket: "logs",
        without: "Use of applications is unknown, and nothing is ever called unused.",
    },
    Trial {
        what: "Read access reviews",
        needs: "the application permission AccessReview.Read.All and Microsoft Entra ID P2 or Governance",
        path: "/identityGovernance/accessReviews/definitions?$top=1",
        bucket: "reviews",
        without: "Reviews that run in Entra cannot be answered here; everything else works.",
    },
];

const ROLES: Trial = Trial {
    what: "Read directory roles",
    needs: "the application permission RoleManagement.Read.Directory",
    path: "/roleManagement/directory/roleDefinitions?$select=id,displayName,description",
    bucket: "directory",
    without: "Directory roles are unread: who administers the tenant is unknown. What was known of it stays, and grows old. Or leave directory roles out in the source's settings.",
};

const AUDITS: Trial = Trial {
    what: "Read the audit log",
    needs: "the application permission AuditLog.Read.All",
    path: "/auditLogs/directoryAudits?$top=1",
    bucket: "logs",
    without: "What people do with directory roles is unknown, and none is ever called unused.",
};

const LEAVE_DATES: Trial = Trial {
    what: "Read last days of employment",
    needs: "the application permission User-LifeCycleInfo.Read.All",
    path: "/users?$select=id,employeeLeaveDateTime&$top=1",
    bucket: "users",
    without: "Who has left is unknown, as long as no other source says so.",
};

const RISKS: Trial = Trial {
    what: "Read accounts at risk",
    needs: "the application permission IdentityRiskyUser.Read.All and Microsoft Entra ID P2",
    path: "/identityProtection/riskyUsers?$top=1",
    bucket: "risk",
    without: "Whether an account is in other hands is unknown. Or leave accounts at risk out in the source's settings.",
};

const REMOVING: Trial = Trial {
    what: "Sign in as the application that removes",
    needs: "its secret or certificate, and GroupMember.ReadWrite.All, AppRoleAssignment.ReadWrite.All and RoleManagement.ReadWrite.Directory for what it is to remove",
    path: "",
    bucket: "token",
    without: "Nothing can be removed from here.",
};

impl EntraSource {
    /// Tries every permission, one call each; changes nothing.
    pub async fn check(&self) -> Vec<Checked> {
        let mut found = Vec::new();
        let roles = self.config.directory_roles;
        let wanted = [(roles, ROLES), (roles, AUDITS), (self.config.leave_dates, LEAVE_DATES), (self.config.risks, RISKS)];
        let further = wanted.iter().filter(|(wanted, _)| *wanted).map(|(_, trial)| trial);
        for trial in READING.iter().chain(further) {
            found.push(match self.get(trial.path, trial.bucket, &self.reader).await {
                Ok(answer) if answer.is_success() => trial.works(),
                Ok(answer) => {
                    let body = answer.json.clone().unwrap_or_default();
                    trial.fails(&format!("Entra answered {} {}.", answer.status, graph::code(&body)))
                }
                Err(error) => trial.fails(&sentence(&error)),
            });
        }
        if let Some(remover) = &self.remover {
            let token = match self.address("/users") {
                Ok(url) => remover.headers(&Method::GET, &url).await.map_err(crate::Error::from),
                Err(error) => Err(error),
            };
            found.push(match token {
                // Its permissions are in a token that only Graph may read: they show at the first removal.
                Ok(_) => Checked {
                    sentence: "It signs in. Whether its permissions suffice shows at the first removal.".to_owned(),
                    ..REMOVING.works()
                },
                Err(error) => REMOVING.fails(&sentence(&error)),
            });
        }
        found
    }
}

fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    if text.ends_with('.') { text } else { format!("{text}.") }
}
