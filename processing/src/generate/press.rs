//! Four stamping presses: load follows sheet thickness and die wear.

use super::defect::reading;
use super::random::{Drift, Random};
use super::text::{Row, Style};
use super::{Column, Line, plain, sensor};

const COLUMNS: &[Column] = &[
    plain("수집시각"),
    plain("설비명"),
    plain("금형번호"),
    plain("LOT번호"),
    plain("품번"),
    sensor("하중_좌(kN)", 1, 275.0),
    sensor("하중_우(kN)", 1, 275.0),
    sensor("슬라이드속도(mm/s)", 1, 420.0),
    sensor("유압(bar)", 2, 145.0),
    sensor("오일온도(℃)", 1, 48.0),
    sensor("진동(mm/s)", 2, 2.4),
    plain("타발수"),
    plain("판정"),
];

/// 2024-03-04 08:00:00, a Monday morning shift.
const START: i64 = 1_709_539_200;
const MACHINES: [&str; 4] = ["프레스-01", "프레스-02", "프레스-03", "프레스-04"];
const STROKE_S: i64 = 2;

struct Machine {
    /// Strokes since the die was changed; wear grows with them.
    strokes: i64,
    die: i64,
    oil: Drift,
    bias: f64,
}

pub(super) struct Press {
    seconds: i64,
    turn: usize,
    count: i64,
    lot: i64,
    /// Thickness of the lot's sheet, as a share of nominal.
    thickness: f64,
    machines: Vec<Machine>,
}

impl Press {
    pub(super) fn new(random: &mut Random) -> Self {
        let machines = (0..4)
            .map(|n| Machine {
                strokes: random.whole(0, 20_000),
                die: 101 + n,
                oil: Drift::new(22.0, 0.002, 0.05),
                bias: random.between(-4.0, 4.0),
            })
            .collect();
        Self { seconds: START, turn: 0, count: 0, lot: 1, thickness: 1.0, machines }
    }
}

impl Line for Press {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn style(&self) -> Style {
        Style { cp949: true, bom: false, newline: "\r\n" }
    }

    fn stop(&mut self, seconds: i64) {
        self.seconds += seconds;
    }

    fn next(&mut self, random: &mut Random) -> Row {
        if self.count % 2_000 == 0 {
            self.lot += 1;
            self.thickness = 1.0 + 0.012 * random.normal();
        }
        self.count += 1;
        let turn = self.turn;
        let time = self.seconds;
        self.turn = (self.turn + 1) % self.machines.len().max(1);
        if self.turn == 0 {
            self.seconds += STROKE_S;
        }
        let (lot, thickness) = (self.lot, self.thickness);
        let Some(machine) = self.machines.get_mut(turn) else { return Row::new() };
        machine.strokes += 1;
        if machine.strokes > 30_000 {
            machine.strokes = 0;
            machine.die += 4;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 30,000")]
        let wear = machine.strokes as f64 / 30_000.0;
        let load = 550.0 * thickness + 18.0 * wear + machine.bias + 5.0 * random.normal();
        let tilt = 0.5 + 0.004 * random.normal() + 0.006 * wear;
        let oil = machine.oil.towards(48.0 + 4.0 * wear, random);
        let vibration = 2.0 + 1.6 * wear * wear + 0.25 * random.normal().abs();
        let off = (load - 550.0).abs() / 50.0 + (vibration - 2.0) / 3.0;
        let bad = random.chance((off * off * 0.1).min(0.9));
        let part = if lot % 3 == 0 { "BR-2210" } else { "BR-1180" };
        vec![
            super::Cell::Time(time),
            (*MACHINES.get(turn).unwrap_or(&"프레스")).into(),
            format!("D-{}", machine.die).into(),
            format!("L2403-{lot:04}").into(),
            part.into(),
            reading(COLUMNS, 5, load * tilt),
            reading(COLUMNS, 6, load * (1.0 - tilt)),
            reading(COLUMNS, 7, 420.0 - 0.1 * (load - 550.0) + 1.5 * random.normal()),
            reading(COLUMNS, 8, load * 0.262 + 0.4 * random.normal()),
            reading(COLUMNS, 9, oil),
            reading(COLUMNS, 10, vibration),
            super::Cell::Whole(machine.strokes),
            if bad { "불량" } else { "양품" }.into(),
        ]
    }
}
