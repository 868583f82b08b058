//! What a sign-up must look like.

use schema::api::parties::{Declaration, NewOrganisation, NewUser, Role};
use schema::code::Code;
use schema::problem::Refusal;
use schema::registry_no::BusinessNo;
pub use schema::typed::length;

use crate::limits;

/// Checks an organisation that signs up; `staff` allows the roles that only the operator gives.
pub fn organisation(new: &NewOrganisation, staff: bool) -> Result<(), Refusal> {
    length("organisation.name", &new.name, 200)?;
    length("organisation.representative", &new.representative, 100)?;
    if let Some(ksic) = &new.ksic
        && !five(ksic)
    {
        return Err(Code::InvalidField
            .because("산업분류는 다섯 자리 숫자입니다.", "An industry is a five-digit KSIC code.")
            .rule("R-009")
            .field("organisation.ksic"));
    }
    roles("organisation.roles", &new.roles, staff)
}

/// Checks a list of roles.
pub fn roles(field: &str, roles: &[Role], staff: bool) -> Result<(), Refusal> {
    if roles.is_empty() || roles.len() > Role::ALL.len() {
        return Err(Code::InvalidField
            .because("역할을 하나 이상 고르세요.", "Choose at least one role.")
            .field(field));
    }
    match roles.iter().find(|role| Role::STAFF.contains(role) != staff) {
        None => Ok(()),
        Some(role) => Err(Code::InvalidField
            .because(
                format!("`{role}` 역할은 여기에서 고를 수 없습니다."),
                format!("The role `{role}` cannot be chosen here."),
            )
            .field(field)),
    }
}

/// Checks a person, and answers the e-mail address in the form it is kept in.
pub fn user(new: &NewUser) -> Result<String, Refusal> {
    length("user.name", &new.name, 100)?;
    let email = new.email.trim().to_lowercase();
    let valid = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.contains('@')
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
        });
    if !valid {
        return Err(Code::InvalidField
            .because("이메일 주소가 아닙니다.", "This is not an e-mail address.")
            .field("user.email"));
    }
    if !limits::PASSWORD_CHARS.contains(&new.password.0.chars().count()) {
        return Err(Code::InvalidField
            .because("비밀번호는 10~128자입니다.", "A password has 10 to 128 characters.")
            .field("user.password"));
    }
    Ok(email)
}

/// Checks what an organisation says of itself.
pub fn declaration(said: &Declaration, own: &BusinessNo) -> Result<(), Refusal> {
    if said.secondary_ksic.len() > 20 || !said.secondary_ksic.iter().all(|code| five(code)) {
        return Err(Code::InvalidField
            .because(
                "부업종은 다섯 자리 숫자로 20개까지입니다.",
                "Secondary industries are five-digit KSIC codes, at most 20.",
            )
            .rule("R-009")
            .field("secondary_ksic"));
    }
    if said.affiliates.len() > 100 || said.affiliates.contains(own) {
        return Err(Code::InvalidField
            .because(
                "계열기업은 100개까지이며 자기 번호는 적지 않습니다.",
                "There are at most 100 affiliates, and nobody is their own.",
            )
            .rule("R-063")
            .field("affiliates"));
    }
    Ok(())
}

/// Whether a text is a KSIC code of five digits.
fn five(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use schema::api::parties::{NewUser, Role, Secret};

    use super::{roles, user};

    fn person(email: &str, password: &str) -> NewUser {
        NewUser {
            email: email.to_owned(),
            name: "김장터".to_owned(),
            password: Secret(password.to_owned()),
        }
    }

    #[test]
    fn e_mail_addresses_are_kept_in_lower_case_and_must_look_like_one() {
        assert_eq!(user(&person(" Kim@Example.KR ", "0123456789")).unwrap(), "kim@example.kr");
        for bad in
            ["", "kim", "kim@", "@example.kr", "kim@example", "a b@example.kr", "a@b@c.kr", "a@.kr"]
        {
            assert_eq!(user(&person(bad, "0123456789")).unwrap_err().field.unwrap(), "user.email");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(user(&person("a@b.kr", "열자짜리비밀번호임다")).is_ok());
        assert!(user(&person("a@b.kr", "아홉자짜리비밀번호")).is_err());
        assert!(user(&person("a@b.kr", &"x".repeat(129))).is_err());
    }

    #[test]
    fn staff_roles_are_not_chosen_at_sign_up() {
        assert!(roles("r", &[Role::Provider, Role::Buyer], false).is_ok());
        assert!(roles("r", &[Role::Operator], false).is_err());
        assert!(roles("r", &[Role::Buyer], true).is_err());
        assert!(roles("r", &[], false).is_err());
    }
}
