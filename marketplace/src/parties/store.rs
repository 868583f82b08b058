//! Rows of organisations and people.

use diesel::prelude::*;
use schema::api::parties::{Declaration, OrgStanding, Organisation, Role, StatusRecord, User};
use schema::id::{OrgId, UserId};
use schema::papers::BusinessStatus;
use schema::time::Instant;

use crate::db::schema::{organisations, users};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = organisations)]
pub(super) struct OrgRow {
    pub(super) id: OrgId,
    pub(super) name: String,
    pub(super) business_no: String,
    pub(super) corporate_no: Option<String>,
    pub(super) representative: String,
    pub(super) size_class: String,
    pub(super) ksic: Option<String>,
    pub(super) roles: String,
    pub(super) created_at: i64,
    pub(super) status: BusinessStatus,
    pub(super) insolvency: i64,
    pub(super) collects_data: Option<i64>,
    pub(super) secondary_ksic: String,
    pub(super) affiliates: String,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    pub(super) id: UserId,
    pub(super) org_id: OrgId,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) password_hash: String,
    pub(super) roles: String,
    pub(super) failures: i64,
    pub(super) locked_until: Option<i64>,
    pub(super) created_at: i64,
}

/// Roles as they are stored: words with blanks between.
pub(super) fn roles_text(roles: &[Role]) -> String {
    let mut words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

pub(super) fn roles_of(text: &str) -> AppResult<Vec<Role>> {
    text.split_whitespace()
        .map(|word| {
            word.parse().map_err(|error: String| AppError::Internal(anyhow::anyhow!(error)))
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored organisation: {error}"))
}

impl TryFrom<OrgRow> for Organisation {
    type Error = AppError;

    fn try_from(row: OrgRow) -> AppResult<Organisation> {
        let corporate_no: Option<schema::registry_no::CorporateNo> =
            row.corporate_no.map(|text| text.parse()).transpose().map_err(stored)?;
        Ok(Organisation {
            id: row.id,
            name: row.name,
            business_no: row.business_no.parse().map_err(stored)?,
            corporate_no_checked: corporate_no.as_ref().map(|no| no.warning().is_none()),
            corporate_no,
            representative: row.representative,
            size_class: row.size_class.parse().map_err(stored)?,
            ksic: row.ksic,
            standing: OrgStanding {
                status: row.status,
                insolvency: row.insolvency != 0,
                collects_data: row.collects_data.map(|yes| yes != 0),
                secondary_ksic: words(&row.secondary_ksic),
                affiliates: words(&row.affiliates)
                    .iter()
                    .map(|no| no.parse())
                    .collect::<Result<_, _>>()
                    .map_err(stored)?,
            },
            roles: roles_of(&row.roles)?,
            created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
        })
    }
}

impl TryFrom<UserRow> for User {
    type Error = AppError;

    fn try_from(row: UserRow) -> AppResult<User> {
        Ok(User {
            id: row.id,
            org: row.org_id,
            email: row.email,
            name: row.name,
            roles: roles_of(&row.roles)?,
            created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
        })
    }
}

pub(super) fn insert_org(db: &mut Db, row: &OrgRow) -> AppResult<()> {
    diesel::insert_into(organisations::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn insert_user(db: &mut Db, row: &UserRow) -> AppResult<()> {
    diesel::insert_into(users::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn org(db: &mut Db, id: OrgId) -> QueryResult<Option<OrgRow>> {
    organisations::table
        .filter(organisations::id.eq(id))
        .select(OrgRow::as_select())
        .first(db)
        .optional()
}

pub(super) fn business_no_taken(db: &mut Db, business_no: &str) -> AppResult<bool> {
    let count: i64 = organisations::table
        .filter(organisations::business_no.eq(business_no.to_owned()))
        .count()
        .get_result(db)?;
    Ok(count > 0)
}

/// The organisation with a business number.
pub(super) fn by_business_no(db: &mut Db, business_no: &str) -> AppResult<Option<OrgId>> {
    Ok(organisations::table
        .filter(organisations::business_no.eq(business_no.to_owned()))
        .select(organisations::id)
        .first(db)
        .optional()?)
}

/// Every organisation, in order of their ids.
pub(super) fn orgs(db: &mut Db, after: Option<OrgId>, limit: i64) -> AppResult<Vec<OrgRow>> {
    let mut query = organisations::table
        .order(organisations::id.asc())
        .limit(limit)
        .select(OrgRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(organisations::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub(super) fn user(db: &mut Db, id: UserId) -> QueryResult<Option<UserRow>> {
    users::table.filter(users::id.eq(id)).select(UserRow::as_select()).first(db).optional()
}

pub(super) fn user_by_email(db: &mut Db, email: &str) -> QueryResult<Option<UserRow>> {
    users::table
        .filter(users::email.eq(email.to_owned()))
        .select(UserRow::as_select())
        .first(db)
        .optional()
}

pub(super) fn set_failures(
    db: &mut Db,
    id: UserId,
    failures: i64,
    locked_until: Option<i64>,
) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((users::failures.eq(failures), users::locked_until.eq(locked_until)))
        .execute(db)
}

/// Replaces what an organisation says of itself.
pub(super) fn set_declaration(db: &mut Db, id: OrgId, said: &Declaration) -> AppResult<()> {
    let affiliates: Vec<String> = said.affiliates.iter().map(ToString::to_string).collect();
    one_row(
        diesel::update(organisations::table.filter(organisations::id.eq(id)))
            .set((
                organisations::collects_data.eq(Some(i64::from(said.collects_data))),
                organisations::secondary_ksic.eq(said.secondary_ksic.join(" ")),
                organisations::affiliates.eq(affiliates.join(" ")),
            ))
            .execute(db),
    )
}

/// Records what the registers say of an organisation.
pub(super) fn set_status(db: &mut Db, id: OrgId, record: &StatusRecord) -> AppResult<()> {
    one_row(
        diesel::update(organisations::table.filter(organisations::id.eq(id)))
            .set((
                organisations::status.eq(record.status),
                organisations::insolvency.eq(i64::from(record.insolvency)),
            ))
            .execute(db),
    )
}
