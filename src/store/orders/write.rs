//! Writing orders: a new one whole, a changed one as the difference that a step made.

use entity::{contract, instalment, order, order_hold, order_line, payment, shipment, shipment_line};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::regions;
use crate::domain::event::FIRST_HASH;
use crate::domain::ids::{ContractId, OrderId};
use crate::domain::order::{Instalment, Order, Payment, Shipment, Step};
use crate::domain::time::Timestamp;
use crate::store::{Error, Reader, Result, Tx};

fn encode<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// Writes a new order with its lines and instalments.
pub async fn insert(tx: &Tx, new: &Order) -> Result<()> {
    let terms = new.terms.canonical().map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = order::ActiveModel {
        id: Set(new.id.to_string()),
        number: Set(new.number.clone()),
        kind: Set(new.kind().to_string()),
        status: Set(new.status().to_string()),
        state: Set(encode(&new.state)?),
        version: Set(new.version),
        buyer_id: Set(new.buyer().to_string()),
        supplier_id: Set(new.supplier().to_string()),
        supplier_company_id: Set(new.supplier_company.to_string()),
        currency: Set(new.terms.currency.to_string()),
        goods_minor: Set(new.terms.goods.0),
        freight_minor: Set(new.terms.freight.0),
        total_minor: Set(new.terms.total.0),
        terms: Set(terms),
        terms_hash: Set(new.terms_hash.clone()),
        contract_version: Set(0),
        external_reference: Set(new.external_reference.clone()),
        event_seq: Set(0),
        event_hash: Set(FIRST_HASH.to_owned()),
        placed_at: Set(new.placed_at.micros()),
        updated_at: Set(new.placed_at.micros()),
    };
    order::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    let lines = new.terms.lines.iter().zip(1..).map(|(line, seq)| order_line::ActiveModel {
        id: Set(line.id.to_string()),
        order_id: Set(new.id.to_string()),
        seq: Set(seq),
        product_id: Set(line.product_id.to_string()),
        title: Set(line.title.clone()),
        quantity: Set(line.quantity),
        unit: Set(line.unit.clone()),
        unit_price: Set(line.unit_price.millionths()),
        total_minor: Set(line.total.0),
        specification: Set(line.specification.clone()),
    });
    order_line::Entity::insert_many(lines).exec_without_returning(tx.connection()).await?;
    let instalments = new.instalments.iter().map(|part| instalment_row(new.id, part));
    instalment::Entity::insert_many(instalments).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Writes what a step changed in the order's own regions. The version column guards against a writer without the lock.
pub async fn apply(tx: &Tx, before: &Order, step: &Step, contract: ContractId, now: Timestamp) -> Result<()> {
    let after = &step.order;
    let contract_version = after.contract.as_ref().map_or(0, |head| i64::from(head.version));
    let values: [sea_orm::Value; 7] = [
        after.status().to_string().into(),
        encode(&after.state)?.into(),
        after.version.into(),
        contract_version.into(),
        now.micros().into(),
        after.id.to_string().into(),
        before.version.into(),
    ];
    let statement = tx.sql(
        "UPDATE orders SET status = ?, state = ?, version = ?, contract_version = ?, updated_at = ? \
         WHERE id = ? AND version = ?",
        values,
    );
    if tx.connection().execute_raw(statement).await?.rows_affected() != 1 {
        return Err(Error::Retry);
    }
    if step.seals_contract {
        insert_contract(tx, after, contract).await?;
    }
    if after.terms_hash != before.terms_hash {
        update_terms(tx, after).await?;
    }
    for part in &after.instalments {
        match before.instalments.iter().find(|old| old.id == part.id) {
            Some(old) if old == part => {}
            Some(_) => {
                instalment_row(after.id, part).update(tx.connection()).await?;
            }
            None => {
                let row = instalment_row(after.id, part);
                instalment::Entity::insert(row).exec_without_returning(tx.connection()).await?;
            }
        }
    }
    for known in &after.payments {
        match before.payments.iter().find(|old| old.id == known.id) {
            Some(old) if old == known => {}
            Some(_) => {
                payment_row(after, known, now).update(tx.connection()).await?;
            }
            None => {
                payment::Entity::insert(payment_row(after, known, now))
                    .exec_without_returning(tx.connection())
                    .await?;
            }
        }
    }
    for known in &after.shipments {
        match before.shipments.iter().find(|old| old.id == known.id) {
            Some(old) if old == known => {}
            Some(_) => {
                shipment_row(after.id, known).update(tx.connection()).await?;
            }
            None => insert_shipment(tx, after.id, known).await?,
        }
    }
    apply_holds(tx, before, after, now).await?;
    regions::apply(tx, before, after, now).await
}

async fn apply_holds(tx: &Tx, before: &Order, after: &Order, now: Timestamp) -> Result<()> {
    for hold in after.holds.iter().filter(|hold| !before.holds.contains(hold)) {
        let row = order_hold::ActiveModel {
            id: Set(hold.id.to_string()),
            order_id: Set(after.id.to_string()),
            kind: Set(hold.kind.to_string()),
            reason: Set(hold.reason.clone()),
            subject: Set(hold.subject.clone()),
            placed_by: Set(hold.placed_by.clone()),
            lift_approved_by: Set(hold.lift_approved_by.clone()),
            placed_at: Set(hold.placed_at.micros()),
            lifted_at: Set(None),
        };
        if before.holds.iter().any(|old| old.id == hold.id) {
            row.update(tx.connection()).await?;
        } else {
            order_hold::Entity::insert(row).exec_without_returning(tx.connection()).await?;
        }
    }
    for hold in before.holds.iter().filter(|hold| !after.holds.iter().any(|kept| kept.id == hold.id)) {
        let values: [sea_orm::Value; 2] = [now.micros().into(), hold.id.to_string().into()];
        let statement = tx.sql("UPDATE order_hold SET lifted_at = ? WHERE id = ?", values);
        tx.connection().execute_raw(statement).await?;
    }
    Ok(())
}

/// The terms that hold now; the lines stay as they were placed, the contract's versions say the rest.
async fn update_terms(tx: &Tx, order: &Order) -> Result<()> {
    let values: [sea_orm::Value; 6] = [
        order.terms.canonical().map_err(|error| Error::Corrupt(error.to_string()))?.into(),
        order.terms_hash.clone().into(),
        order.terms.goods.0.into(),
        order.terms.freight.0.into(),
        order.terms.total.0.into(),
        order.id.to_string().into(),
    ];
    let text = "UPDATE orders SET terms = ?, terms_hash = ?, goods_minor = ?, freight_minor = ?, total_minor = ? \
                WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

async fn insert_contract(tx: &Tx, order: &Order, id: ContractId) -> Result<()> {
    let Some(head) = &order.contract else {
        return Err(Error::Corrupt(format!("{} seals no contract", order.id)));
    };
    let accepted = order.acceptances(head);
    let document = order.terms.canonical().map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = contract::ActiveModel {
        id: Set(id.to_string()),
        order_id: Set(order.id.to_string()),
        version: Set(i64::from(head.version)),
        document: Set(document),
        hash: Set(head.hash.clone()),
        previous_hash: Set(head.previous_hash.clone()),
        policy_version: Set(order.terms.policy_version),
        buyer_accepted_at: Set(accepted.buyer_at.micros()),
        supplier_accepted_at: Set(Some(accepted.supplier_at.micros())),
        sealed_at: Set(head.sealed_at.micros()),
    };
    contract::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn instalment_row(order: OrderId, part: &Instalment) -> instalment::ActiveModel {
    instalment::ActiveModel {
        id: Set(part.id.to_string()),
        order_id: Set(order.to_string()),
        seq: Set(i64::from(part.seq)),
        kind: Set(part.kind.to_string()),
        status: Set(part.status.to_string()),
        amount_minor: Set(part.amount_minor),
        paid_minor: Set(part.paid_minor),
        required_before_dispatch: Set(part.required_before_dispatch),
        due_at: Set(part.due_at.map(Timestamp::micros)),
    }
}

fn payment_row(order: &Order, known: &Payment, now: Timestamp) -> payment::ActiveModel {
    payment::ActiveModel {
        id: Set(known.id.to_string()),
        order_id: Set(order.id.to_string()),
        instalment_id: Set(known.instalment_id.to_string()),
        provider: Set(known.provider.clone()),
        provider_reference: Set(known.provider_reference.clone()),
        status: Set(known.status.to_string()),
        failure: Set(known.failure.clone()),
        amount_minor: Set(known.amount_minor),
        credit_minor: Set(known.credit_minor),
        currency: Set(order.terms.currency.to_string()),
        session_url: Set(known.session_url.clone()),
        created_at: Set(known.created_at.micros()),
        updated_at: Set(now.micros()),
    }
}

fn shipment_row(order: OrderId, known: &Shipment) -> shipment::ActiveModel {
    shipment::ActiveModel {
        id: Set(known.id.to_string()),
        order_id: Set(order.to_string()),
        seq: Set(i64::from(known.seq)),
        status: Set(known.status.to_string()),
        carrier: Set(known.carrier.clone()),
        carrier_company_id: Set(known.carrier_company.map(|id| id.to_string())),
        tracking_number: Set(known.tracking_number.clone()),
        mode: Set(known.mode.to_string()),
        dispatched_at: Set(known.dispatched_at.micros()),
        delivered_at: Set(known.delivered_at.map(Timestamp::micros)),
        proof: Set(known.proof.clone()),
        confirmed_at: Set(known.confirmed_at.map(Timestamp::micros)),
        lost_at: Set(known.lost_at.map(Timestamp::micros)),
        loss_reason: Set(known.loss_reason.clone()),
    }
}

async fn insert_shipment(tx: &Tx, order: OrderId, known: &Shipment) -> Result<()> {
    shipment::Entity::insert(shipment_row(order, known)).exec_without_returning(tx.connection()).await?;
    let lines = known.lines.iter().map(|line| shipment_line::ActiveModel {
        shipment_id: Set(known.id.to_string()),
        order_line_id: Set(line.line_id.to_string()),
        quantity: Set(line.quantity),
    });
    shipment_line::Entity::insert_many(lines).exec_without_returning(tx.connection()).await?;
    Ok(())
}
