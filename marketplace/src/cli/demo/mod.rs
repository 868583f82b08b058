//! `demo`: the main story of the exchange, played by a client over HTTP against a real server that
//! it starts. Every figure printed was answered by that server; every check that fails ends the demo
//! with a non-zero exit code.

mod cast;
mod client;
mod console;
mod data;
mod money;
mod papers;
mod trade;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use schema::api::audit::AuditLine;
use schema::api::ledger::LedgerCheck;
use schema::page::Page;

use self::cast::Cast;
use self::client::Client;
use self::console::{Console, Tongue};
use super::serve;
use crate::config::{Config, Options};

/// Options of the demo.
#[derive(Args)]
pub(super) struct DemoArgs {
    /// Play the story with this file (CSV, Parquet, JSON Lines, also gzipped) instead of made-up data
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// End after the story instead of serving on
    #[arg(long)]
    once: bool,
    /// Language of the figures
    #[arg(long, value_enum, env = "JANGTEO_LANG")]
    lang: Option<Tongue>,
    /// Seed of the made-up data
    #[arg(long, default_value_t = 2024)]
    seed: u64,
    /// Rows of the made-up data
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
}

/// What the demo uses unless it is told otherwise: a folder of its own and a quiet log.
/// A demo that ends by itself takes any free port.
pub(super) fn defaults(options: &mut Options, args: &DemoArgs) {
    if options.config.is_some() {
        return;
    }
    if args.once {
        options.listen.get_or_insert_with(|| std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
    }
    options.data_dir.get_or_insert_with(|| PathBuf::from("data/demo"));
    options.log.get_or_insert_with(|| "warn".to_owned());
}

/// Plays the story.
pub(super) async fn run(config: Config, args: DemoArgs) -> Result<ExitCode> {
    if let Some(input) = &args.input {
        ensure!(input.is_file(), "{} is not a file", input.display());
    }
    let mut console = Console::new(args.lang);
    let running = serve::start(config).await?;
    let base = format!("http://{}", running.address);
    console.step("장터를 엽니다", "The exchange opens");
    console.line("주소", "address", &base);
    console.line("데이터 폴더", "data folder", running.app.config.data_dir.display());
    let api = Client::new(base.clone());
    let ready: serde_json::Value = api.get("/readyz").await?;
    ensure!(ready.get("status").is_some_and(|status| status == "ready"), "not ready: {ready}");

    let played = play(&running.app, &api, &args, &mut console).await;
    match &played {
        Err(error) => eprintln!("\n     ✗ {error:#}"),
        Ok(cast) => {
            console.say("\n모든 단계와 점검이 끝났습니다.", "\nEvery step and check held.");
            if !args.once {
                accounts(cast, &mut console);
            }
        }
    }
    if args.once || played.is_err() {
        running.stop().await?;
        return Ok(if played.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    console.say(
        &format!("{base} 에서 계속 서비스합니다. API 안내: {base}/docs/ (Ctrl-C로 종료)"),
        &format!("Serving on {base}; browse the API at {base}/docs/ (Ctrl-C ends)."),
    );
    serve::interrupted().await?;
    running.stop().await?;
    Ok(ExitCode::SUCCESS)
}

async fn play(
    app: &crate::app::App,
    api: &Client,
    args: &DemoArgs,
    console: &mut Console,
) -> Result<Cast> {
    let scratch = tempfile::tempdir().context("scratch folder")?;
    console.step("기관과 기업이 가입합니다", "Organisations sign up");
    let cast = cast::sign_up(app, api).await?;
    for (ko, en, actor) in [
        ("데이터 보유기업", "data owner (SME)", &cast.provider),
        ("가공기업", "processing firm", &cast.processor),
        ("수요기업 (중소)", "buyer (SME)", &cast.buyer),
        ("수요기관 (비영리)", "buyer (nonprofit)", &cast.nonprofit),
    ] {
        console.line(ko, en, format!("{}  {}", actor.name, actor.org));
    }

    let member = money::pool(&cast, console).await?;
    money::budgets(&cast, console).await?;
    let support = money::processing_agreement(&cast, console).await?;
    let raw = data::register(&cast, args, scratch.path(), console).await?;
    let clean = data::process(&cast, &raw, member, support.id, console).await?;
    let listing = trade::list(&cast, &clean, &support, console).await?;
    let vouchers = money::vouchers(&cast, console).await?;
    for (buyer, voucher) in [(&cast.buyer, &vouchers.sme), (&cast.nonprofit, &vouchers.nonprofit)] {
        trade::buy(&cast, buyer, voucher, &listing, &clean, scratch.path(), console).await?;
    }
    books(&cast, console).await?;
    Ok(cast)
}

/// Who may sign in to go on by hand.
fn accounts(cast: &Cast, console: &mut Console) {
    console.step("직접 이어서 해 보세요", "Go on by hand");
    for (ko, en, actor) in [
        ("데이터 보유기업", "data owner", &cast.provider),
        ("가공기업", "processing firm", &cast.processor),
        ("수요기업", "buyer (SME)", &cast.buyer),
        ("수요기관", "buyer (nonprofit)", &cast.nonprofit),
        ("운영기관", "operator", &cast.operator),
        ("전문기관 (승인)", "agency (approves)", &cast.approver),
        ("전문기관 (지급)", "agency (pays)", &cast.payer),
        ("감사", "auditor", &cast.auditor),
    ] {
        console.line(ko, en, &actor.email);
    }
    console.line("비밀번호 (모두 같음)", "password of all", &cast.password);
}

/// The ledger balances, and the audit trail is there for the auditor.
async fn books(cast: &Cast, console: &mut Console) -> Result<()> {
    console.step("장부를 다시 계산합니다", "The ledger is recomputed");
    let check: LedgerCheck = cast.auditor.api.get("/v1/ledger/check").await?;
    console.line("계정", "accounts", check.accounts);
    console.line("거래", "transfers", check.transfers);
    ensure!(check.balanced, "the ledger does not balance: {:?}", check.differences);
    console
        .held("모든 잔액이 거래의 합과 같습니다", "Every balance equals the sum of its transfers");
    let trail: Page<AuditLine> = cast.auditor.api.get("/v1/audit?limit=200").await?;
    ensure!(!trail.items.is_empty(), "the audit trail is empty");
    console.line("감사 기록", "audit lines", trail.items.len());
    Ok(())
}
