//! What would cure a violation, in words for the person who has to.

use schema::data::quality::Check;
use schema::lang::Text;

/// What would cure the violations of a check.
pub fn cure(check: &Check) -> Text {
    let (ko, en) = match check {
        Check::NotNull { .. } => (
            "빈칸을 채우거나, 비어도 되는 열이면 허용 비율을 정하세요.",
            "Fill the missing cells, or allow a share of them if the column may be empty.",
        ),
        Check::Range { .. } => (
            "센서 이상·단위 오류·결측 표시값인지 확인해 고치거나 null로 바꾸고, 정상이면 범위를 넓히세요.",
            "See whether these are faults, other units or sentinels and mend them or make them null; widen the range if they are right.",
        ),
        Check::Set { .. } | Check::Regex { .. } => (
            "표기를 통일하거나, 새 값이 맞으면 규칙에 더하세요.",
            "Bring the spellings to one, or add the new values to the rule if they are right.",
        ),
        Check::Type { .. } => (
            "읽을 수 없는 값을 고치거나 null로 바꾼 뒤 열의 자료형을 변환하세요.",
            "Mend the cells that cannot be read or make them null, and cast the column.",
        ),
        Check::Length { .. } => {
            ("잘린 값이나 덧붙은 글자를 고치세요.", "Mend what was cut off or added.")
        }
        Check::Unique { .. } => (
            "중복 행을 지우거나(drop_duplicates), 키에 필요한 열을 더하세요.",
            "Drop the repeated rows (drop_duplicates), or add the columns that the key needs.",
        ),
        Check::ForeignKey { .. } => (
            "참조 표에 없는 키를 고치거나 참조 표를 갱신하세요.",
            "Mend the keys that the reference lacks, or bring the reference up to date.",
        ),
        Check::Expression { .. } | Check::Sql { .. } => (
            "조건을 어긴 행의 열 값을 원본과 대조해 고치세요.",
            "Compare the rows that break the condition with their source and mend them.",
        ),
        Check::Monotonic { .. } => (
            "설비별로 시각 순으로 정렬하고(sort), 시계가 되돌아간 구간을 확인하세요.",
            "Sort by time for each machine (sort), and look where the clock went back.",
        ),
        Check::MaxGap { .. } | Check::Sampling { .. } => (
            "수집이 끊긴 구간을 원본에서 보충하거나, 일정한 간격으로 다시 표본화하세요.",
            "Fill the pauses from the source, or resample to an even step.",
        ),
        Check::StuckRun { .. } => (
            "센서가 멈춘 구간이면 null로 바꾸고, 설정값처럼 원래 변하지 않는 열이면 규칙을 빼세요.",
            "Make the runs of a stuck sensor null; drop the rule if the column is one that rests, such as a set point.",
        ),
        Check::RateOfChange { .. } | Check::Spike { .. } => (
            "잡음인지 실제 변화인지 확인하고, 잡음이면 null로 바꾸거나 평활하세요.",
            "See whether it is noise or real; make noise null or smooth it.",
        ),
        Check::Delay { .. } => (
            "늦게 들어온 기록의 전송 경로와 두 시계를 확인하세요.",
            "Look at how late records travel, and at both clocks.",
        ),
        Check::RowCount { .. } => (
            "파일이 잘리거나 두 번 이어지지 않았는지 확인하세요.",
            "See whether the file was cut off or joined twice.",
        ),
        Check::Freshness { .. } => (
            "최신 데이터를 다시 내려받거나 기준 시각을 확인하세요.",
            "Fetch the newest data, or check the time counted back from.",
        ),
        Check::Aggregate { .. } | Check::Distribution { .. } => (
            "공정 조건·단위·센서가 바뀌었는지 확인하고, 바뀐 것이 맞으면 기준을 새로 정하세요.",
            "See whether process, units or sensors changed; set a new baseline if they did.",
        ),
        Check::Schema { .. } => (
            "열 이름·순서·자료형을 맞추세요(rename, reorder, cast).",
            "Bring names, order and types of the columns in line (rename, reorder, cast).",
        ),
        Check::Unit { .. } => (
            "열 사전에 단위를 UCUM 부호로 적으세요.",
            "Declare the units in the column dictionary as UCUM codes.",
        ),
    };
    Text::new(ko, en)
}
