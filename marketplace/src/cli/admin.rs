//! `admin`: what only the owner of the machine may do.

use anyhow::{Result, bail};
use clap::Subcommand;
use schema::api::parties::{NewOrganisation, NewStaff, NewUser, Role, Secret};
use schema::notice::SizeClass;
use schema::registry_no::BusinessNo;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::parties::service;

#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// Make the first operator account; the password is read from JANGTEO_PASSWORD or standard input
    CreateOperator(OperatorArgs),
}

#[derive(clap::Args)]
pub(super) struct OperatorArgs {
    /// E-mail address, the login name
    #[arg(long)]
    email: String,
    /// Name of the person
    #[arg(long)]
    name: String,
    /// Name of the operating organisation
    #[arg(long)]
    organisation: String,
    /// Its business registration number
    #[arg(long)]
    business_no: BusinessNo,
    /// Name of its representative
    #[arg(long)]
    representative: String,
    /// Password; better given by the environment or on standard input
    #[arg(long, env = "JANGTEO_PASSWORD", hide = true, hide_env_values = true)]
    password: Option<String>,
}

pub(super) async fn run(config: Config, command: AdminCommand) -> Result<()> {
    let AdminCommand::CreateOperator(args) = command;
    let password = match args.password {
        Some(password) => password,
        None => {
            eprintln!("Password (10 to 128 characters), then Enter:");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let app = App::open(config, Clock::system())?;
    let new = NewStaff {
        org: None,
        organisation: Some(NewOrganisation {
            name: args.organisation,
            business_no: args.business_no,
            corporate_no: None,
            representative: args.representative,
            // A public body; the class decides nothing for the exchange's own staff.
            size_class: SizeClass::Nonprofit,
            ksic: None,
            roles: vec![Role::Operator],
        }),
        user: NewUser { email: args.email, name: args.name, password: Secret(password) },
        roles: vec![Role::Operator],
    };
    match service::operator_create(&app, new).await {
        Ok(made) => {
            println!("operator {} of {}", made.user.email, made.organisation.name);
            Ok(())
        }
        Err(error) => {
            let refusal = error.to_refusal();
            let field = refusal.field.map(|field| format!("{field}: ")).unwrap_or_default();
            bail!("{field}{} / {}", refusal.detail.ko, refusal.detail.en)
        }
    }
}
