//! `check-ledger`: every balance recomputed from nothing.

use std::process::ExitCode;

use anyhow::Result;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::ledger::service;

pub(super) async fn check(config: Config) -> Result<ExitCode> {
    let app = App::open(config, Clock::system())?;
    let check = service::check(&app).await?;
    println!("accounts {}, transfers {}", check.accounts, check.transfers);
    for difference in &check.differences {
        println!("✗ {difference:?}");
    }
    if check.balanced {
        println!("The ledger balances. / 장부가 맞습니다.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("The ledger does NOT balance. / 장부가 맞지 않습니다.");
        Ok(ExitCode::FAILURE)
    }
}
