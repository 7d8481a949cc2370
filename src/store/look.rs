//! How often the claims of a comparison were judged on growing data.

use std::num::NonZeroU32;

use rusqlite::{Connection, params};

use super::error::{Doing, integer};
use super::{StoreError, clock};
use crate::grid::Plan;

/// A comparison that is judged, in the form in which that is stored.
#[derive(Debug)]
pub(super) struct Look {
    name: String,
    profile: String,
    units: i64,
}

impl Look {
    pub(super) fn of(plan: &Plan, units: usize) -> Result<Self, StoreError> {
        Ok(Self {
            name: plan.name.clone(),
            profile: plan.profile.clone(),
            units: integer("units", units as u64)?,
        })
    }

    /// Notes it; which look on growing data it is, from 1. The same units again are the same look.
    pub(super) fn take(
        &self,
        connection: &Connection,
        path: &std::path::Path,
    ) -> Result<NonZeroU32, StoreError> {
        let take = || -> rusqlite::Result<u32> {
            connection.execute(
                "INSERT INTO looks (name, profile, units, taken_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                params![self.name, self.profile, self.units, clock::now()],
            )?;
            connection.query_row(
                "SELECT count(*) FROM looks WHERE name = ?1 AND profile = ?2 AND units <= ?3",
                params![self.name, self.profile, self.units],
                |row| row.get(0),
            )
        };
        let number = take().doing("note that claims are judged", path)?;
        Ok(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }
}
