//! Reading the money outside of orders.

use async_graphql::{Context, ID, Object, Result};

use super::input::LedgerEntryFilterInput;
use super::types::{
    AccountBalance, AccountStatement, LedgerEntry, LedgerEntryConnection, Payout, PayoutConnection,
    ProviderCall, ProviderCallConnection, SuspenseItem, SuspenseItemConnection, Verification,
};
use super::words::{ProviderCallStatus, SuspenseStatus};
use crate::graphql::connection::page_arguments;
use crate::graphql::context::ContextExt;
use crate::graphql::orders::LedgerAccountKind;
use crate::graphql::scalars::{CurrencyCode, Cursor, DateTime};
use crate::service::payments::{calls, suspense};
use crate::service::{Error, payouts, statements, verification};

/// Reading the money outside of orders.
#[derive(Debug, Default)]
pub struct LedgerQuery;

/// Reading the money outside of orders.
#[Object]
impl LedgerQuery {
    /// One of your payouts; null where none of yours has the id. Scope: `orders:read`.
    async fn payout(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Payout>> {
        let found = match id.parse() {
            Ok(id) => payouts::find(ctx.app()?, ctx.actor()?, id).await?,
            Err(_) => payouts::none(ctx.actor()?)?,
        };
        Ok(found.map(Payout::from))
    }

    /// Your payouts, newest first; operators see all. Scope: `orders:read`.
    async fn payouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only payouts behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only payouts before this cursor.")] before: Option<Cursor>,
    ) -> Result<PayoutConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = payouts::list(ctx.app()?, ctx.actor()?, page, count).await?;
        Ok(PayoutConnection(slice.map(Payout::from)))
    }

    /// What your company's accounts hold now; accounts that never moved are left out. At most 100. Scope: `orders:read`.
    async fn account_balances(&self, ctx: &Context<'_>) -> Result<Vec<AccountBalance>> {
        let balances = payouts::own_balances(ctx.app()?, ctx.actor()?).await?;
        Ok(balances.into_iter().map(AccountBalance::new).collect())
    }

    /// Your own money, entry by entry, newest first: your company's accounts, and the escrow and refunds of what it
    /// buys. Operators see every account. Scope: `orders:read`.
    async fn ledger_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<LedgerEntryFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only entries behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<Cursor>,
    ) -> Result<LedgerEntryConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let filter = filter.unwrap_or_default().read().map_err(Error::from)?;
        let slice = statements::entries(ctx.app()?, ctx.actor()?, filter, page, count).await?;
        Ok(LedgerEntryConnection(slice.map(LedgerEntry::from)))
    }

    /// A statement of one of your company's accounts over at most 366 days. Scope: `orders:read`.
    async fn account_statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] account: LedgerAccountKind,
        #[graphql(desc = "In which currency.")] currency_code: CurrencyCode,
        #[graphql(desc = "From when on.")] from: DateTime,
        #[graphql(desc = "Until when; movements at this instant belong to the next statement.")]
        before: DateTime,
    ) -> Result<AccountStatement> {
        let wanted = statements::Wanted {
            account: account.into(),
            currency: currency_code.0,
            from: from.0,
            before: before.0,
        };
        let (statement, csv) = statements::with_csv(ctx.app()?, ctx.actor()?, wanted).await?;
        Ok(AccountStatement::new(&statement, csv))
    }

    /// Money that came and fits nothing, newest first. Roles: operator. Scope: `platform:operate`.
    async fn suspense_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what stands so.")] status: Option<SuspenseStatus>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<Cursor>,
    ) -> Result<SuspenseItemConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let status = status.map(Into::into);
        let slice = suspense::list(ctx.app()?, ctx.actor()?, status, &page, count).await?;
        Ok(SuspenseItemConnection(slice.map(SuspenseItem::from)))
    }

    /// The calls that payment providers were asked, newest first. Look for `STALLED` ones. Roles: operator. Scope:
    /// `platform:operate`.
    async fn provider_calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what stands so.")] status: Option<ProviderCallStatus>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only calls behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only calls before this cursor.")] before: Option<Cursor>,
    ) -> Result<ProviderCallConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let status = status.map(Into::into);
        let slice = calls::list(ctx.app()?, ctx.actor()?, status, &page, count).await?;
        Ok(ProviderCallConnection(slice.map(ProviderCall::from)))
    }

    /// What the last check of all books found; null where there was none yet. Roles: operator. Scope: `platform:operate`.
    async fn last_verification(&self, ctx: &Context<'_>) -> Result<Option<Verification>> {
        Ok(verification::last(ctx.app()?, ctx.actor()?).await?.map(Verification::from))
    }
}
