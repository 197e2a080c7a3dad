//! Tries each scope of an org by itself, so that an administrator sees which one is missing.

use super::{GOVERNANCE_READ_SCOPE, OktaSource, ServiceAuthority, remove_scopes, wire::refusal};
use crate::{
    check::{Checked, Trial},
    http::{Authority as _, HttpError, Method, Request},
};
use domain::time::DAY;

/// All scopes of an app in one token, as it is asked for in earnest.
const READER: Trial = Trial {
    what: "Sign in as the app that reads, with all scopes at once",
    needs: "every scope of the app that reads",
    path: "",
    bucket: "token",
    without: "Nothing can be read: Okta refuses a token for a list that holds a scope which was not granted.",
};

const REMOVER: Trial = Trial {
    what: "Sign in as the app that removes, with all scopes at once",
    needs: "every scope of the app that removes",
    path: "",
    bucket: "token",
    without: "Nothing can be removed from here: Okta refuses a token for a list that holds a scope which was not granted.",
};

/// What reading needs. Paths are asked for one row each.
const READING: [(&str, Trial); 6] = [
    (
        "okta.users.read",
        Trial {
            what: "Read users",
            needs: "the scope okta.users.read and the Read-Only Administrator role",
            path: "/api/v1/users",
            bucket: "users",
            without: "Nothing can be read at all.",
        },
    ),
    (
        "okta.groups.read",
        Trial {
            what: "Read groups and their members",
            needs: "the scope okta.groups.read and the Read-Only Administrator role",
            path: "/api/v1/groups",
            bucket: "groups",
            without: "Who is in which group is unknown, and so is what groups give.",
        },
    ),
    (
        "okta.groups.read",
        Trial {
            what: "Read group rules",
            needs: "the scope okta.groups.read and the Read-Only Administrator role",
            path: "/api/v1/groups/rules",
            bucket: "groups",
            without: "It is unknown which memberships a rule makes; they look as if they could be removed one by one.",
        },
    ),
    (
        "okta.apps.read",
        Trial {
            what: "Read applications and who is assigned",
            needs: "the scope okta.apps.read and the Read-Only Administrator role",
            path: "/api/v1/apps",
            bucket: "app-list",
            without: "Who holds which application is unknown.",
        },
    ),
    (
        "okta.roles.read",
        Trial {
            what: "Read administrator roles",
            needs: "the scope okta.roles.read and the Super Administrator role or a custom role that may view roles",
            path: "/api/v1/iam/assignees/users",
            bucket: "roles",
            without: "Who administers the org is unknown.",
        },
    ),
    (
        "okta.logs.read",
        Trial {
            what: "Read the System Log",
            needs: "the scope okta.logs.read and the Report Administrator or Read-Only Administrator role",
            path: "/api/v1/logs",
            bucket: "logs",
            without: "Use is unknown, and nothing is ever called unused.",
        },
    ),
];

const GOVERNANCE: Trial = Trial {
    what: "Read access certification campaigns",
    needs: "the scope okta.governance.accessCertifications.read, the Access Certifications Administrator role and Okta Identity Governance",
    path: "/governance/api/v1/campaigns",
    bucket: "governance",
    without: "Campaigns that run in Okta cannot be reviewed here.",
};

impl OktaSource {
    /// Tries every scope and role, one call each, and then the very lists of scopes that are asked for; changes nothing.
    pub async fn check(&self) -> Vec<Checked> {
        let mut found = Vec::new();
        for (scope, trial) in &READING {
            found.push(self.attempt(scope, trial).await);
        }
        if self.governance {
            found.push(self.attempt(GOVERNANCE_READ_SCOPE, &GOVERNANCE).await);
        }
        found.push(self.signs_in(&self.reader, &READER).await);
        if let Some(remover) = &self.remover {
            for scope in remove_scopes(self.governance) {
                found.push(self.scope_to_remove(remover, scope).await);
            }
            found.push(self.signs_in(remover, &REMOVER).await);
        }
        found
    }

    async fn attempt(&self, scope: &str, trial: &Trial) -> Checked {
        let since = self.client.platform_now().plus(-DAY).to_rfc3339();
        let mut query = vec![("limit", "1")];
        if trial.path.ends_with("/logs") {
            query.push(("since", since.as_str()));
        }
        let asked = async {
            let request = Request::get(self.url(trial.path, &query)?, trial.bucket);
            self.client.send(&request, &self.reader.narrowed(&[scope])).await
        };
        match asked.await {
            Ok(answer) if answer.is_success() => trial.works(),
            Ok(answer) => {
                let (code, summary) = refusal(&answer);
                trial.fails(&format!("Okta answered {} {code}: {summary}", answer.status))
            }
            Err(error) => trial.fails(&sentence(&error)),
        }
    }

    /// A token that holds this scope shows that it was granted; whether the app's role suffices shows only at a removal.
    async fn scope_to_remove(&self, remover: &ServiceAuthority, scope: &'static str) -> Checked {
        let trial = Trial { needs: scope, without: "Nothing can be removed from here without it.", ..REMOVER };
        let checked = self.signs_in(&remover.narrowed(&[scope]), &trial).await;
        Checked { what: format!("Remove: {scope}"), ..checked }
    }

    /// Whether Okta gives an app a token for all that it asks for.
    async fn signs_in(&self, app: &ServiceAuthority, trial: &Trial) -> Checked {
        // A token that is kept would say nothing of what is granted now.
        let app = app.anew();
        let token = async { app.headers(&Method::GET, &self.url("/api/v1/users", &[])?).await };
        match token.await {
            Ok(_) => trial.works(),
            Err(error) => trial.fails(&sentence(&error)),
        }
    }
}

fn sentence(error: &HttpError) -> String {
    let text = error.to_string();
    if text.ends_with('.') { text } else { format!("{text}.") }
}
