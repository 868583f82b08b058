//! Two injection moulding machines: cushion and pressure follow viscosity and mould temperature.

use super::defect::reading;
use super::random::{Drift, Random};
use super::text::{Cell, Row, Style};
use super::{Column, Line, plain, sensor};

const COLUMNS: &[Column] = &[
    plain("일시"),
    plain("설비코드"),
    plain("금형명"),
    plain("LOT NO"),
    plain("쇼트번호"),
    sensor("사이클타임(s)", 2, 45.0),
    sensor("사출시간(s)", 2, 3.2),
    sensor("계량시간(s)", 2, 12.5),
    sensor("사출최대압력(bar)", 1, 980.0),
    sensor("보압(bar)", 1, 420.0),
    sensor("쿠션위치(mm)", 2, 6.5),
    sensor("노즐온도(℃)", 1, 228.0),
    sensor("실린더온도_1(℃)", 1, 224.0),
    sensor("실린더온도_2(℃)", 1, 216.0),
    sensor("금형온도(℃)", 1, 58.0),
    sensor("제품중량(g)", 2, 182.4),
    plain("판정"),
    plain("불량유형"),
];

const START: i64 = 1_709_539_200;
const MACHINES: [&str; 2] = ["INJ-650T-02", "INJ-850T-01"];
const MOULDS: [&str; 2] = ["도어트림 LH", "도어트림 RH"];

struct Machine {
    next: i64,
    shot: i64,
    mould: Drift,
    nozzle: Drift,
}

pub(super) struct Injection {
    lot: i64,
    shots: i64,
    /// Melt viscosity of the lot, as a share of nominal.
    viscosity: f64,
    machines: Vec<Machine>,
}

impl Injection {
    pub(super) fn new(random: &mut Random) -> Self {
        let machines = (0..2)
            .map(|n| Machine {
                next: START + 20 * n,
                shot: random.whole(0, 500),
                mould: Drift::new(35.0, 0.01, 0.25),
                nozzle: Drift::new(226.0, 0.05, 0.3),
            })
            .collect();
        Self { lot: 0, shots: 0, viscosity: 1.0, machines }
    }
}

impl Line for Injection {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn style(&self) -> Style {
        Style { cp949: false, bom: true, newline: "\r\n" }
    }

    fn stop(&mut self, seconds: i64) {
        for machine in &mut self.machines {
            machine.next += seconds;
            // The mould cools while the line stands.
            machine.mould.value = 35.0 + (machine.mould.value - 35.0) * 0.6;
        }
    }

    fn next(&mut self, random: &mut Random) -> Row {
        if self.shots % 400 == 0 {
            self.lot += 1;
            self.viscosity = 1.0 + 0.03 * random.normal();
        }
        self.shots += 1;
        let (lot, viscosity) = (self.lot, self.viscosity);
        // The machine whose shot is due next.
        let due = self.machines.iter().enumerate().min_by_key(|(_, machine)| machine.next);
        let turn = due.map_or(0, |(n, _)| n);
        let Some(machine) = self.machines.get_mut(turn) else { return Row::new() };
        let time = machine.next;
        let cycle = 45.0 + 0.35 * random.normal() + 2.0 * (viscosity - 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "about 45")]
        let step = cycle.round() as i64;
        machine.next += step;
        machine.shot += 1;
        let mould = machine.mould.towards(58.0, random);
        let nozzle = machine.nozzle.towards(228.0, random);
        let stiff = viscosity - (nozzle - 228.0) * 0.004;
        let pressure = 980.0 * stiff + 6.0 * random.normal();
        let cushion = 6.5 + 9.0 * (stiff - 1.0) + 0.12 * random.normal();
        let weight = 182.4 - 1.9 * (cushion - 6.5) + 0.03 * (mould - 58.0) + 0.12 * random.normal();
        let cold = ((54.0 - mould) / 10.0).max(0.0);
        let short = ((cushion - 6.9) * 0.25).max(0.0) + cold * 0.12;
        let flash = ((6.1 - cushion) * 0.2).max(0.0);
        let kind = if random.chance((short + 0.004).min(0.8)) {
            Some("미성형")
        } else if random.chance((flash + 0.003).min(0.8)) {
            Some("버")
        } else if random.chance(0.004) {
            Some("가스")
        } else {
            None
        };
        vec![
            Cell::Time(time),
            (*MACHINES.get(turn).unwrap_or(&"INJ")).into(),
            (*MOULDS.get(turn).unwrap_or(&"")).into(),
            format!("R24-{lot:05}").into(),
            Cell::Whole(machine.shot),
            reading(COLUMNS, 5, cycle),
            reading(COLUMNS, 6, 3.2 * stiff + 0.03 * random.normal()),
            reading(COLUMNS, 7, 12.5 + 0.2 * random.normal()),
            reading(COLUMNS, 8, pressure),
            reading(COLUMNS, 9, 420.0 * stiff + 2.5 * random.normal()),
            reading(COLUMNS, 10, cushion),
            reading(COLUMNS, 11, nozzle),
            reading(COLUMNS, 12, nozzle - 4.0 + 0.3 * random.normal()),
            reading(COLUMNS, 13, nozzle - 12.0 + 0.3 * random.normal()),
            reading(COLUMNS, 14, mould),
            reading(COLUMNS, 15, weight),
            if kind.is_some() { "불량" } else { "양품" }.into(),
            kind.map_or(Cell::Empty, Cell::from),
        ]
    }
}
