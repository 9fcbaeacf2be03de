//! Who may do what. The check stands here, in the use case; the UI only hides what would be refused.

use cartorio_registry::Role;

use crate::dto::Permission;
use crate::{OfficeError, OfficeResult};

/// What a role may do (the table of the product brief, as far as this version has the acts).
pub(crate) fn permissions(role: Role) -> &'static [Permission] {
    use Permission::{
        Approve, Inspect, IssueCertificates, ManageKeys, ManageOperators, ManageSettings, ManageTrust, ReadTrail,
        Request, Sign, Verify,
    };
    match role {
        Role::Clerk => &[Sign, Verify, Inspect, Request],
        Role::Supervisor => &[Sign, Verify, Inspect, IssueCertificates, Request, Approve, ManageTrust, ReadTrail],
        Role::Notary => &[
            Sign,
            Verify,
            Inspect,
            IssueCertificates,
            ManageKeys,
            Request,
            Approve,
            ManageTrust,
            ManageOperators,
            ManageSettings,
            ReadTrail,
        ],
        Role::Auditor => &[Verify, Inspect, ReadTrail],
    }
}

/// What anybody may do without an office.
pub(crate) const INSPECTION: [Permission; 3] = [Permission::Verify, Permission::Inspect, Permission::ManageTrust];

/// Refuses unless `role` has `permission`.
pub(crate) fn require(role: Role, permission: Permission) -> OfficeResult<()> {
    if permissions(role).contains(&permission) { Ok(()) } else { Err(OfficeError::NotPermitted { permission }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_never_signs_and_a_clerk_never_exports_keys() {
        assert!(require(Role::Auditor, Permission::Sign).is_err());
        assert!(require(Role::Clerk, Permission::IssueCertificates).is_err());
        assert!(require(Role::Supervisor, Permission::ManageKeys).is_err());
        assert!(require(Role::Notary, Permission::ManageKeys).is_ok());
    }
}
